import { beforeEach, expect, it } from 'vitest'
import { open, part, Phone, textOf, until } from './phone'

let phone: Phone

beforeEach(() => {
  phone = new Phone()
  phone.kept.set('token', 'a-token')
  phone.install()
})

it('shows who asks to help, and agrees under a key', async () => {
  phone.answers('family-asked')
  const page = open('family')
  await until(() => expect(textOf(page)).toContain('请您确认'))
  expect(textOf(page)).toContain('您是对方的父母。对方可以')
  phone.answers('family-agree', 'family')
  part(page, '.agree').dispatchEvent('tap')
  await until(() => expect(part(page, '.helper').dom.textContent).toContain('有效'))
  expect(textOf(page)).not.toContain('请您确认')
  const sent = phone.asked.find((one) => one.path.endsWith('/agree'))!
  expect(sent.header['Idempotency-Key']).toMatch(/^[0-9a-f]{32}$/)
})

it('takes a delegation back only after a second yes', async () => {
  phone.answers('family')
  const page = open('family')
  await until(() => expect(part(page, '.helper').dom.textContent).toContain('收回授权'))
  phone.confirms = false
  part(page, '.end').dispatchEvent('tap')
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(phone.asked).toHaveLength(1)
  phone.confirms = true
  phone.answers('family-end', 'family')
  part(page, '.end').dispatchEvent('tap')
  await until(() => expect(phone.asked.map((one) => one.method)).toEqual(['GET', 'POST', 'GET']))
})

it('asks to help, says beside the field what is wrong, and keeps the form', async () => {
  const page = open('family-ask')
  part(page, '.own-name').dispatchEvent('input', { detail: { value: '王秀英' } })
  part(page, '.id-number').dispatchEvent('input', { detail: { value: '460100194803159020' } })
  part(page, '.until').dispatchEvent('change', { detail: { value: '2027-11-22' } })
  phone.answers('family-ask-invalid')
  part(page, '.ask').dispatchEvent('tap')
  await until(() => expect(part(page, '.error').dom.textContent).toContain('号码有误'))
  part(page, '.id-number').dispatchEvent('input', { detail: { value: '460100194803159023' } })
  phone.answers('family-ask')
  part(page, '.ask').dispatchEvent('tap')
  await until(() => expect(phone.moved).toEqual(['back']))
  expect(phone.asked.at(-1)!.body).toEqual({
    name: '王秀英',
    id_number: '460100194803159023',
    relation: 'parent',
    scopes: ['look', 'certify'],
    until: '2027-11-22',
  })
})
