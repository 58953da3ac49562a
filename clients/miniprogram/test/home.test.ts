import { beforeEach, expect, it } from 'vitest'
import { open, part, Phone, textOf, until } from './phone'

let phone: Phone

beforeEach(() => {
  phone = new Phone()
  phone.install()
})

function tap(page: ReturnType<typeof open>, selector: string): void {
  part(part(page, '.state'), selector).dispatchEvent('tap')
}

it('signs nobody in before they say so, then by wx.login, once, and remembers the session', async () => {
  const page = open('home')
  await until(() => expect(textOf(page)).toContain('微信一键登录'))
  expect(textOf(page)).toContain('《个人信息处理告知》')
  expect(phone.asked).toEqual([])
  phone.answers('sign-in', 'me-unbound')
  tap(page, '.sign-in')
  await until(() => expect(textOf(page)).toContain('请先完成实名绑定'))
  expect(textOf(page)).not.toContain('微信一键登录')
  expect(phone.logins).toEqual(['code-1'])
  expect(phone.asked[0]!.body).toEqual({ code: 'code-1' })
  expect(phone.asked[1]!.header.Authorization).toBe('Bearer a-token')

  phone.answers('me')
  const again = open('home')
  await until(() => expect(textOf(again)).toContain('您好，**华'))
  expect(textOf(again)).toContain('有1条新消息')
  expect(phone.logins).toHaveLength(1)
})

it('says that WeChat cannot sign in now, and lets one try again', async () => {
  phone.login = () => Promise.reject(new Error('login:fail'))
  const page = open('home')
  await until(() => expect(textOf(page)).toContain('微信一键登录'))
  tap(page, '.sign-in')
  await until(() => expect(textOf(page)).toContain('微信暂时不能登录，请稍后再试'))
  expect(textOf(page)).toContain('微信一键登录')
})

it('signs in anew when the session has ended', async () => {
  phone.kept.set('token', 'an-old-token')
  phone.answers('signed-out', 'sign-in', 'me')
  const page = open('home')
  await until(() => expect(textOf(page)).toContain('您好，**华'))
  expect(phone.asked.map((one) => one.header.Authorization)).toEqual([
    'Bearer an-old-token',
    undefined,
    'Bearer a-token',
  ])
})

it('says in Chinese that nothing came, and tries again at a tap', async () => {
  phone.kept.set('token', 'a-token')
  phone.answers('lost', 'lost', 'lost')
  const page = open('home')
  await until(() => expect(textOf(page)).toContain('网络不通，请检查网络后重试'))
  phone.answers('me')
  tap(page, '.retry')
  await until(() => expect(textOf(page)).toContain('您好，**华'))
  expect(textOf(page)).not.toContain('网络不通')
})

it('waits as long as a busy server asks, and gives its number to whoever calls for help', async () => {
  phone.kept.set('token', 'a-token')
  phone.answers('busy', 'me')
  const begun = Date.now()
  const page = open('home')
  await until(() => expect(textOf(page)).toContain('您好，**华'))
  expect(Date.now() - begun).toBeGreaterThanOrEqual(990)

  phone.answers('busy', 'busy', 'busy')
  const late = open('home')
  await until(() => expect(textOf(late)).toContain('服务暂时不可用，请稍后再试'))
  expect(textOf(late)).toContain('编号 request-1')
})

it('has four large entries, and says what needs attention', async () => {
  phone.kept.set('token', 'a-token')
  phone.answers('me-asked')
  const page = open('home')
  await until(() => expect(textOf(page)).toContain('有1位家人申请替您办事，请您确认'))
  const entries = page.querySelectorAll('.entry .name').map((one) => one.dom.textContent)
  expect(entries).toEqual(['我的账户', '养老金估算', '权益记录单', '家人代办'])
})
