type Resolve = (answer: { event: 'agree'; buttonId: string } | { event: 'disagree' }) => void
type Listener = () => void

let waiting: Resolve[] = []
let listener: Listener | null = null

export const AGREE_BUTTON = 'agree-privacy'

/** From now on, whatever WeChat guards waits for the sheet's answer. */
export function waitForPrivacy(): void {
  wx.onNeedPrivacyAuthorization?.((resolve) => {
    waiting.push(resolve as unknown as Resolve)
    listener?.()
  })
}

/** The page on the screen shows the sheet when something waits; null when it goes. */
export function whenPrivacyIsNeeded(show: Listener | null): void {
  listener = show
  if (show && waiting.length) show()
}

/** Tells WeChat what the person said. */
export function answerPrivacy(agreed: boolean): void {
  const answered = waiting
  waiting = []
  for (const resolve of answered)
    resolve(agreed ? { event: 'agree', buttonId: AGREE_BUTTON } : { event: 'disagree' })
}
