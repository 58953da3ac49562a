import { beforeEach, expect, it } from 'vitest'
import { open, part, Phone, textOf, until } from './phone'

let phone: Phone

beforeEach(() => {
  phone = new Phone()
  phone.kept.set('token', 'a-token')
  phone.install()
})

async function listed(...documents: string[]) {
  phone.answers('me', ...documents)
  const page = open('statement')
  await until(() => expect(textOf(page)).toContain('已开具的凭证'))
  return page
}

it('asks for a statement under a key, and waits until it is made', async () => {
  const page = await listed('documents-none')
  expect(textOf(page)).toContain('还没有开具过')
  part(page, '.year').dispatchEvent('change', { detail: { value: String(new Date().getFullYear() - 2025) } })
  await until(() => expect(part(page, '.year').dom.textContent).toContain('2025年'))
  phone.answers('me', 'statement', 'document-requested', 'document', 'me', 'documents')
  part(page, '.ask').dispatchEvent('tap')
  await until(() => expect(textOf(page)).toContain('QY20261122-000001'))
  const sent = phone.asked.find((one) => one.path.endsWith('/statements'))!
  expect(sent.body).toEqual({ year: 2025 })
  expect(sent.header['Idempotency-Key']).toMatch(/^[0-9a-f]{32}$/)
})

it('opens the file in the name of whoever is signed in', async () => {
  const page = await listed('documents')
  part(page, '.open').dispatchEvent('tap')
  await until(() => expect(phone.opened).toEqual(['wxfile://one.pdf']))
  expect(phone.asked.at(-1)).toMatchObject({
    path: '/api/v1/documents/00000000-0000-7000-8000-000000000009.pdf',
    header: { Authorization: 'Bearer a-token' },
  })
})

it('does not open a refusal, which WeChat downloads like a file', async () => {
  phone.download = 403
  const page = await listed('documents')
  part(page, '.open').dispatchEvent('tap')
  await until(() => expect(textOf(page)).toContain('文件暂时不能打开'))
  expect(phone.opened).toEqual([])
})
