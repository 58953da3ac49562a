/** Whether the page stands inside WeChat's browser, where its official account can sign people in. */
export const inWeChat = /MicroMessenger/i.test(navigator.userAgent)

/** What this device calls itself in the list of devices. */
export function deviceLabel(): string {
  const agent = navigator.userAgent
  const device = /iPhone|iPad/.test(agent) ? 'iPhone' : /Android/.test(agent) ? '安卓手机' : '电脑'
  return inWeChat ? `${device}微信` : `${device}浏览器`
}
