import { beforeEach, expect, it } from 'vitest'
import { open, part, Phone, textOf, until } from './phone'

let phone: Phone

beforeEach(() => {
  phone = new Phone()
  phone.install()
})

it('signs in by wx.login at the first opening, once, and remembers the session', async () => {
  phone.answers('sign-in', 'me-unbound')
  const page = open('home')
  await until(() => expect(textOf(page)).toContain('请先完成实名绑定'))
  expect(phone.logins).toEqual(['code-1'])
  expect(phone.asked[0]!.body).toEqual({ code: 'code-1' })
  expect(phone.asked[1]!.header.Authorization).toBe('Bearer a-token')

  phone.answers('me')
  const again = open('home')
  await until(() => expect(textOf(again)).toContain('您好，**华'))
  expect(textOf(again)).toContain('有1条新消息')
  expect(phone.logins).toHaveLength(1)
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
  part(page, '.retry').dispatchEvent('tap')
  await until(() => expect(textOf(page)).toContain('您好，**华'))
  expect(textOf(page)).not.toContain('网络不通')
})

it('has four large entries', async () => {
  phone.kept.set('token', 'a-token')
  phone.answers('me')
  const page = open('home')
  await until(() => expect(textOf(page)).toContain('您好'))
  expect(page.querySelectorAll('.entry')).toHaveLength(4)
})
