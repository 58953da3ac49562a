import { beforeEach, expect, it } from 'vitest'
import { open, part, Phone, textOf, until } from './phone'

let phone: Phone

beforeEach(() => {
  phone = new Phone()
  phone.kept.set('token', 'a-token')
  phone.install()
})

it('lists messages, and opens one, which is then read', async () => {
  phone.answers('consents', 'messages')
  const page = open('messages')
  await until(() => expect(textOf(page)).toContain('账号绑定提醒'))
  expect(textOf(page)).toContain('2026-11-22 10:00')
  expect(textOf(page)).toContain('未读')
  phone.answers('message-read')
  part(page, '.message').dispatchEvent('tap')
  await until(() => expect(textOf(page)).not.toContain('未读'))
  expect(textOf(page)).toContain('如非本人操作')
})

it('asks WeChat in a tap, and tells the server what was said', async () => {
  phone.answers('consents', 'messages')
  const page = open('messages')
  await until(() => expect(textOf(page)).toContain('业务办理结果通知'))
  phone.subscribed = { 'demo-mini-result': 'accept' }
  phone.answers('consent', 'consents')
  part(page, '.allow').dispatchEvent('tap')
  await until(() => expect(phone.unasked).toEqual([]))
  const told = phone.asked.find((one) => one.path === '/api/v1/consents' && one.method === 'POST')!
  expect(told.body).toEqual({ template: 'result', accepted: true })
  expect(told.header['Idempotency-Key']).toMatch(/^[0-9a-f]{32}$/)
})
