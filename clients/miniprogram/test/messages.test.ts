import { beforeEach, expect, it } from 'vitest'
import { open, part, Phone, textOf, until } from './phone'

let phone: Phone

beforeEach(() => {
  phone = new Phone()
  phone.kept.set('token', 'a-token')
  phone.install()
})

type Page = ReturnType<typeof open>

async function listed(): Promise<Page> {
  phone.answers('messages', 'consents')
  const page = open('messages')
  await until(() => expect(textOf(page)).toContain('还可接收 0 条'))
  return page
}

function told() {
  return phone.asked.filter((one) => one.path === '/api/v1/consents' && one.method === 'POST')
}

it('lists messages, and opens one, which is then read', async () => {
  const page = await listed()
  expect(textOf(page)).toContain('账号绑定提醒')
  expect(textOf(page)).toContain('2026-11-22 10:00')
  expect(textOf(page)).toContain('未读')
  expect(textOf(page)).not.toContain('如非本人操作')
  phone.answers('message-read')
  part(page, '.message').dispatchEvent('tap')
  await until(() => expect(textOf(page)).not.toContain('未读'))
  expect(textOf(page)).toContain('如非本人操作')
})

it('leads whoever is not bound to the binding', async () => {
  phone.answers('messages-unbound')
  const page = open('messages')
  await until(() => expect(textOf(page)).toContain('去实名绑定'))
})

it('asks WeChat in a tap and at no other time, and tells the server what was said', async () => {
  const page = await listed()
  expect(phone.subscriptions).toEqual([])
  phone.subscribed = { 'demo-mini-result': 'accept' }
  phone.answers('consent', 'consents-one')
  part(page, '.allow').dispatchEvent('tap')
  await until(() => expect(textOf(page)).toContain('还可接收 1 条'))
  expect(phone.subscriptions).toEqual([['demo-mini-result']])
  expect(told()).toHaveLength(1)
  expect(told()[0]!.body).toEqual({ template: 'result', accepted: true })
  expect(told()[0]!.header['Idempotency-Key']).toMatch(/^[0-9a-f]{32}$/)
})

it('tells a refusal too', async () => {
  const page = await listed()
  phone.subscribed = { 'demo-mini-result': 'reject' }
  phone.answers('consent', 'consents')
  part(page, '.allow').dispatchEvent('tap')
  await until(() => expect(told()).toHaveLength(1))
  expect(told()[0]!.body).toEqual({ template: 'result', accepted: false })
})

it('loses no consent while the network is away, and tells each under its own key', async () => {
  const page = await listed()
  phone.subscribed = { 'demo-mini-result': 'accept' }
  phone.answers('lost', 'lost', 'lost')
  part(page, '.allow').dispatchEvent('tap')
  await until(() => expect(textOf(page)).toContain('网络不通'))

  phone.answers('messages', 'consent', 'consents-one')
  const later = open('messages')
  await until(() => expect(textOf(later)).toContain('还可接收 1 条'))
  const keys = told().map((one) => one.header['Idempotency-Key'])
  expect(keys).toHaveLength(4)
  expect(new Set(keys).size).toBe(1)

  phone.answers('consent', 'consents-one')
  part(later, '.allow').dispatchEvent('tap')
  await until(() => expect(told()).toHaveLength(5))
  expect(told()[4]!.header['Idempotency-Key'], 'a second yes is a second message').not.toBe(keys[0])
})
