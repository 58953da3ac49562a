import type { Store } from '@shebao/api'

/** The mini-program's storage as keys of submissions need it. */
export const storage: Store = {
  getItem: (name) => (wx.getStorageSync(name) as string) || null,
  setItem: (name, value) => wx.setStorageSync(name, value),
  removeItem: (name) => wx.removeStorageSync(name),
}
