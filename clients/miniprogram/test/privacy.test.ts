import { createRequire } from 'node:module'
import path from 'node:path'
import { beforeEach, expect, it, vi } from 'vitest'
import { open, part, Phone, textOf, until } from './phone'

const require = createRequire(import.meta.url)
let phone: Phone

beforeEach(() => {
  phone = new Phone()
  phone.kept.set('token', 'a-token')
  phone.install()
})

/** The binding page of an app that has been launched. */
async function launched() {
  phone.answers('me-unbound')
  const page = open('bind')
  vi.stubGlobal('App', (app: { onLaunch(): void }) => app.onLaunch())
  require(path.resolve(import.meta.dirname, '../dist/app.js'))
  await until(() => expect(textOf(page)).toContain('同意并继续'))
  return part(page, '.privacy')
}

it('takes nothing that WeChat guards before the person agreed', async () => {
  const sheet = await launched()
  const said: object[] = []
  phone.needPrivacy((answer) => said.push(answer))
  await until(() => expect(sheet.dom.textContent).toContain('隐私保护指引'))
  expect(said).toEqual([])
  part(sheet, '.agree').dispatchEvent('agreeprivacyauthorization')
  await until(() => expect(said).toEqual([{ event: 'agree', buttonId: 'agree-privacy' }]))
  await until(() => expect(sheet.dom.textContent).not.toContain('隐私保护指引'))
})

it('passes a refusal on', async () => {
  const sheet = await launched()
  const said: object[] = []
  phone.needPrivacy((answer) => said.push(answer))
  await until(() => expect(sheet.dom.textContent).toContain('隐私保护指引'))
  part(sheet, '.refuse').dispatchEvent('tap')
  await until(() => expect(said).toEqual([{ event: 'disagree' }]))
})

it('shows our own text where WeChat cannot show the registered one', async () => {
  phone.contract = false
  const sheet = await launched()
  phone.needPrivacy(() => undefined)
  await until(() => expect(sheet.dom.textContent).toContain('隐私保护指引'))
  part(sheet, '.read').dispatchEvent('tap')
  await until(() => expect(phone.moved).toEqual(['/pages/privacy/index']))
  expect(textOf(open('privacy'))).toContain('您可随时解除绑定')
})

it('stands where WeChat is too old to ask', async () => {
  phone.asksForPrivacy = false
  phone.install()
  const sheet = await launched()
  expect(sheet.dom.textContent).toBe('')
})
