import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { open, part, Phone, textOf, until } from './phone'

let phone: Phone

beforeEach(() => {
  phone = new Phone()
  phone.kept.set('token', 'a-token')
  phone.install()
  // The day of the recordings: a phone proves who one is for a day.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-11-22T02:00:00Z') })
})

afterEach(() => {
  vi.useRealTimers()
})

type Page = ReturnType<typeof open>

function type(page: Page, field: string, value: string): void {
  part(page, field).dispatchEvent('input', { detail: { value } })
}

/** The binding page, its own button already tapped where consent is asked for. */
async function agreed(): Promise<Page> {
  const page = open('bind')
  await until(() => expect(page.instance.data.loading).toBe(false))
  part(page, '.consent').dispatchEvent('tap')
  await until(() => expect(textOf(page)).toContain('18位身份证或居住证号码'))
  return page
}

/** The same, a name and a number typed, before whatever proves them. */
async function filledIn(name: string, number = '460100197305129044'): Promise<Page> {
  phone.answers('me-with-phone')
  const page = await agreed()
  type(page, '.own-name', name)
  type(page, '.id-number', number)
  await toProof(page)
  return page
}

async function toProof(page: Page): Promise<void> {
  part(page, '.next').dispatchEvent('tap')
  await until(() => expect(textOf(page)).toContain('用什么证明是您本人'))
}

it('asks nothing before the person has agreed, and lets them go', async () => {
  phone.answers('me-unbound')
  const page = open('bind')
  await until(() => expect(textOf(page)).toContain('我们处理哪些信息'))
  expect(page.querySelectorAll('.typed')).toEqual([])
  part(page, '.dissent').dispatchEvent('tap')
  await until(() => expect(phone.moved).toEqual(['/pages/home/index']))
})

it('takes the phone number through WeChat’s button, and does without', async () => {
  phone.answers('me-unbound')
  const page = await agreed()
  await toProof(page)
  part(page, '.take-phone').dispatchEvent('getphonenumber', { detail: { errMsg: 'fail user deny' } })
  await until(() => expect(textOf(page)).toContain('也可以用社保卡或窗口绑定码核验'))
  expect(phone.asked).toHaveLength(1)
  phone.answers('phone', 'me-with-phone')
  part(page, '.take-phone').dispatchEvent('getphonenumber', { detail: { code: 'phone-code' } })
  await until(() => expect(textOf(page)).toContain('将用手机号 138****5678 核验'))
  expect(phone.asked[1]!.body).toEqual({ code: 'phone-code' })
})

it('takes no phone for a proof that was verified more than a day ago', async () => {
  vi.setSystemTime('2026-11-23T02:00:01Z')
  const page = await filledIn('陈丽华')
  expect(textOf(page)).toContain('请先授权微信手机号')
})

it('says that something does not fit, keeps what was typed, and binds what does', async () => {
  const page = await filledIn('陈丽')
  phone.answers('binding-refused')
  part(page, '.bind').dispatchEvent('tap')
  await until(() => expect(textOf(page)).toContain('未能核实您的身份'))
  expect(page.instance.data.name).toBe('陈丽')

  part(page, '.back').dispatchEvent('tap')
  await until(() => expect(page.querySelectorAll('.own-name')).toHaveLength(1))
  type(page, '.own-name', '陈丽华')
  await toProof(page)
  phone.answers('binding')
  part(page, '.bind').dispatchEvent('tap')
  await until(() => expect(phone.moved).toEqual(['/pages/home/index']))
  expect(phone.asked.at(-1)!.body).toEqual({
    name: '陈丽华',
    id_number: '460100197305129044',
    proof: 'phone',
  })
  expect(new Set(keys()).size, 'another content is another matter').toBe(2)
})

it('says beside the field that the number cannot be one, and goes back to it', async () => {
  const page = await filledIn('陈丽', '46010019730512904x')
  phone.answers('binding-invalid')
  part(page, '.bind').dispatchEvent('tap')
  await until(() => expect(page.querySelectorAll('.error')).toHaveLength(1))
  expect(part(page, '.error').dom.textContent).toContain('号码有误')
  expect(page.querySelectorAll('.id-number')).toHaveLength(1)
  expect(page.instance.data.name).toBe('陈丽')
})

it('says beside the card that its number cannot be one', async () => {
  const page = await filledIn('陈丽华')
  page.querySelectorAll('.choice')[1]!.dispatchEvent('tap')
  await until(() => expect(textOf(page)).toContain('社保卡卡号'))
  type(page, '.code', '6228 4800 0000 0000 001')
  phone.answers('binding-card-invalid')
  part(page, '.bind').dispatchEvent('tap')
  await until(() => expect(page.querySelectorAll('.error')).toHaveLength(1))
  expect(part(page, '.error').dom.textContent).toContain('卡号有误')
  expect(page.instance.data.code).toBe('6228 4800 0000 0000 001')
  expect(phone.asked.at(-1)!.body).toMatchObject({ proof: 'card', card: '6228480000000000001' })
})

it('sends a lost binding again under the same key, which it kept before, once for two taps', async () => {
  const page = await filledIn('陈丽华')
  phone.answers('lost', 'binding')
  phone.onAsk = () => expect([...phone.kept.keys()].join()).toContain('submission:binding')
  part(page, '.bind').dispatchEvent('tap')
  part(page, '.bind').dispatchEvent('tap')
  await until(() => expect(phone.moved).toEqual(['/pages/home/index']))
  expect(keys()).toHaveLength(2)
  expect(keys()[0]).toMatch(/^[0-9a-f]{32}$/)
  expect(keys()[1]).toBe(keys()[0])
  expect([...phone.kept.keys()].filter((name) => name.startsWith('submission:'))).toEqual([])
})

it('keeps the key and the form when nobody answered at all, also past a restart', async () => {
  const page = await filledIn('陈丽华')
  phone.answers('lost', 'lost', 'lost')
  part(page, '.bind').dispatchEvent('tap')
  await until(() => expect(textOf(page)).toContain('您填写的内容还在'))
  expect(page.instance.data.id_number).toBe('460100197305129044')
  const restarted = await filledIn('陈丽华')
  phone.answers('binding')
  part(restarted, '.bind').dispatchEvent('tap')
  await until(() => expect(phone.moved).toEqual(['/pages/home/index']))
  expect(keys()).toHaveLength(4)
  expect(new Set(keys()).size).toBe(1)
})

function keys(): (string | undefined)[] {
  return phone.asked
    .filter((one) => one.path === '/api/v1/binding')
    .map((one) => one.header['Idempotency-Key'])
}
