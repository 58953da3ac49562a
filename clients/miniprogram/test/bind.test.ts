import { beforeEach, expect, it } from 'vitest'
import { open, part, Phone, textOf, until } from './phone'

let phone: Phone

beforeEach(() => {
  phone = new Phone()
  phone.kept.set('token', 'a-token')
  phone.install()
})

type Page = ReturnType<typeof open>

function type(page: Page, field: string, value: string): void {
  part(page, field).dispatchEvent('input', { detail: { value } })
}

async function withPhone(): Promise<Page> {
  phone.answers('me-with-phone')
  const page = open('bind')
  await until(() => expect(textOf(page)).toContain('将用手机号 138****5678 核验'))
  return page
}

it('takes the phone number through WeChat’s button', async () => {
  phone.answers('me-unbound')
  const page = open('bind')
  await until(() => expect(page.instance.data.loading).toBe(false))
  part(page, '.take-phone').dispatchEvent('getphonenumber', { detail: { errMsg: 'fail user deny' } })
  expect(phone.asked).toHaveLength(1)
  phone.answers('phone', 'me-with-phone')
  part(page, '.take-phone').dispatchEvent('getphonenumber', { detail: { code: 'phone-code' } })
  await until(() => expect(textOf(page)).toContain('138****5678'))
  expect(phone.asked[1]!.body).toEqual({ code: 'phone-code' })
})

it('says that something does not fit, keeps what was typed, and binds what does', async () => {
  const page = await withPhone()
  type(page, '.name', '陈丽')
  type(page, '.id-number', '460100197305129044')
  phone.answers('binding-refused')
  part(page, '.bind').dispatchEvent('tap')
  await until(() => expect(textOf(page)).toContain('未能核实您的身份'))
  expect(page.instance.data.name).toBe('陈丽')

  type(page, '.name', '陈丽华')
  phone.answers('binding')
  part(page, '.bind').dispatchEvent('tap')
  await until(() => expect(phone.moved).toEqual(['/pages/home/index']))
  expect(phone.asked.at(-1)!.body).toEqual({
    name: '陈丽华',
    id_number: '460100197305129044',
    proof: 'phone',
  })
  const keys = phone.asked
    .filter((one) => one.path === '/api/v1/binding')
    .map((one) => one.header['Idempotency-Key'])
  expect(new Set(keys).size, 'another content is another matter').toBe(2)
})

it('says beside the field that the number cannot be one', async () => {
  const page = await withPhone()
  type(page, '.name', '陈丽')
  type(page, '.id-number', '46010019730512904')
  phone.answers('binding-invalid')
  part(page, '.bind').dispatchEvent('tap')
  await until(() => expect(page.querySelectorAll('.error')).toHaveLength(1))
  expect(part(page, '.error').dom.textContent).toContain('证件号码')
})

it('sends a lost binding again under the same key, which it kept before', async () => {
  const page = await withPhone()
  type(page, '.name', '陈丽华')
  type(page, '.id-number', '460100197305129044')
  phone.answers('lost', 'binding')
  part(page, '.bind').dispatchEvent('tap')
  part(page, '.bind').dispatchEvent('tap')
  await until(() => expect(phone.moved).toEqual(['/pages/home/index']))
  const sent = phone.asked.filter((one) => one.path === '/api/v1/binding')
  expect(sent).toHaveLength(2)
  expect(sent[0]!.header['Idempotency-Key']).toMatch(/^[0-9a-f]{32}$/)
  expect(sent[1]!.header['Idempotency-Key']).toBe(sent[0]!.header['Idempotency-Key'])
  expect([...phone.kept.keys()].filter((name) => name.startsWith('submission:'))).toEqual([])
})

it('keeps the key when nobody answered at all', async () => {
  const page = await withPhone()
  type(page, '.name', '陈丽华')
  type(page, '.id-number', '460100197305129044')
  phone.answers('lost', 'lost', 'lost')
  part(page, '.bind').dispatchEvent('tap')
  await until(() => expect(textOf(page)).toContain('您填写的内容还在'))
  phone.answers('binding')
  part(page, '.bind').dispatchEvent('tap')
  await until(() => expect(phone.moved).toEqual(['/pages/home/index']))
  const keys = phone.asked
    .filter((one) => one.path === '/api/v1/binding')
    .map((one) => one.header['Idempotency-Key'])
  expect(keys).toHaveLength(4)
  expect(new Set(keys).size).toBe(1)
})
