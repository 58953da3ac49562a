import { beforeEach, expect, it } from 'vitest'
import { open, part, Phone, textOf, until } from './phone'

let phone: Phone

beforeEach(() => {
  phone = new Phone()
  phone.kept.set('token', 'a-token')
  phone.install()
})

it('shows a balance and what it consists of', async () => {
  phone.answers('me', 'accounts')
  const page = open('account')
  await until(() => expect(textOf(page)).toContain('3,871.20'))
  expect(textOf(page)).toContain('缴费划入')
  expect(textOf(page)).toContain('3,840.00')
  expect(textOf(page)).toContain('31.20')
  expect(textOf(page)).toContain('12个月')
})

it('opens a figure to its formula', async () => {
  phone.answers('me', 'accounts')
  const page = open('account')
  await until(() => expect(textOf(page)).toContain('3,871.20'))
  expect(textOf(page)).not.toContain('代入数字')
  part(part(page, '.explain'), '.toggle').dispatchEvent('tap')
  await until(() => expect(textOf(page)).toContain('代入数字'))
  expect(textOf(page)).toContain('= 3871.20 元')
})

it('leads whoever is not bound to the binding', async () => {
  phone.answers('me-unbound')
  const page = open('account')
  await until(() => expect(textOf(page)).toContain('去绑定'))
  expect(phone.unasked).toEqual([])
})
