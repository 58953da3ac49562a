const CARE = 'care'
const LARGEST = 1.4

/** How large a page is to be shown: care mode, which has its own sizes, or as WeChat's text size says. */
export interface Look {
  care: boolean
  /** What WeUI calls the mode. */
  mode: 'care' | 'default'
  scale: number
}

/** What holds now. */
export function look(): Look {
  const care = wx.getStorageSync(CARE) === true
  const factor = wx.getAppBaseInfo().fontSizeScaleFactor ?? 1
  return { care, mode: care ? 'care' : 'default', scale: Math.min(Math.max(factor, 1), LARGEST) }
}

/** Turns care mode on or off, for this phone from now on. */
export function setCare(on: boolean): Look {
  wx.setStorageSync(CARE, on)
  return look()
}
