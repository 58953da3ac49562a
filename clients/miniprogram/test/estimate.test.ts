import { beforeEach, expect, it } from 'vitest'
import { open, part, Phone, textOf, until } from './phone'

let phone: Phone

beforeEach(() => {
  phone = new Phone()
  phone.kept.set('token', 'a-token')
  phone.install()
})

async function estimated() {
  phone.answers('me', 'estimate')
  const page = open('estimate')
  await until(() => expect(textOf(page)).toContain('每月养老金约（元）'))
  return page
}

it('says what the pension may come to, of what it consists, and when it can begin', async () => {
  const page = await estimated()
  expect(textOf(page)).toContain('320.79')
  expect(textOf(page)).toContain('2029年4月退休时账面约 350.54 元')
  expect(textOf(page)).toContain('2029年4月（法定年龄）')
  expect(textOf(page)).toContain('最早2028年5月')
  expect(textOf(page)).toContain('测算结果仅供参考')
})

it('asks anew when one wishes to retire later', async () => {
  const page = await estimated()
  phone.answers('me', 'estimate-later')
  part(part(page, '.shift'), '.more').dispatchEvent('tap')
  await until(() => expect(textOf(page)).toContain('2029年5月（延后1个月）'))
  expect(textOf(page)).toContain('332.21')
})

it('shows another guess at wages without asking again', async () => {
  const page = await estimated()
  const asked = phone.asked.length
  page.querySelectorAll('.guess')[2]!.dispatchEvent('tap')
  await until(() => expect(textOf(page)).toContain('319.81'))
  expect(phone.asked).toHaveLength(asked)
})

it('opens a figure to the figures beneath, and comes back', async () => {
  const page = await estimated()
  const explain = part(page, '.explain')
  part(explain, '.toggle').dispatchEvent('tap')
  await until(() => expect(explain.dom.textContent).toContain('代入数字'))
  const above = explain.dom.textContent
  part(explain, '.deeper').dispatchEvent('tap')
  await until(() => expect(explain.dom.textContent).toContain('上一层'))
  expect(explain.dom.textContent).not.toBe(above)
  part(explain, '.back').dispatchEvent('tap')
  await until(() => expect(explain.dom.textContent).toBe(above))
})
