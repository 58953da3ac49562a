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

it('opens a figure to its formula and to what went into it', async () => {
  phone.answers('me', 'accounts')
  const page = open('account')
  await until(() => expect(textOf(page)).toContain('3,871.20'))
  expect(textOf(page)).not.toContain('代入数字')
  const explain = part(page, '.explain')
  part(explain, '.toggle').dispatchEvent('tap')
  await until(() => expect(textOf(page)).toContain('代入数字'))
  expect(textOf(page)).toContain('= 3871.20 元')
  expect(textOf(page)).toContain('记账利息：31.20 元')
  expect(textOf(page)).toContain('来源：个人账户记账')
  part(explain, '.close').dispatchEvent('tap')
  await until(() => expect(textOf(page)).not.toContain('代入数字'))
})

it('leads whoever is not bound to the binding', async () => {
  phone.answers('me-unbound')
  const page = open('account')
  await until(() => expect(textOf(page)).toContain('去实名绑定'))
  expect(phone.unasked).toEqual([])
})

it('shows the record of a family member who agreed, and says whose it is', async () => {
  phone.answers('me-helping', 'accounts')
  const page = open('account')
  await until(() => expect(textOf(page)).toContain('正在查看本人的信息'))
  phone.answers('me-helping', 'accounts-of-mother')
  const choices = part(page, '.whose').querySelectorAll('.choice')
  expect(choices.map((one) => one.dom.textContent)).toEqual(['✓ 本人', '王秀英'])
  choices[1]!.dispatchEvent('tap')
  await until(() => expect(textOf(page)).toContain('正在查看王秀英的信息'))
  expect(textOf(page)).toContain('还没有记账记录')
  expect(textOf(page)).not.toContain('3,871.20')
})
