import { readFileSync } from 'node:fs'
import path from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { open, part, Phone, textOf, until } from './phone'

const STYLE = readFileSync(path.resolve(import.meta.dirname, '../dist/app.wxss'), 'utf8')
let phone: Phone

beforeEach(() => {
  phone = new Phone()
  phone.kept.set('token', 'a-token')
  phone.install()
})

it('turns care mode on for every page from now on, and off again', async () => {
  phone.answers('me')
  const page = open('me')
  await until(() => expect(textOf(page)).toContain('**华'))
  part(page, '.switch').dispatchEvent('change', { detail: { value: true } })
  await until(() => expect(part(page, '.page').dom.className).toContain('care'))
  expect(page.instance.data.mode).toBe('care')

  phone.answers('me')
  const home = open('home')
  await until(() => expect(part(home, '.page').dom.className).toContain('care'))
  part(page, '.switch').dispatchEvent('change', { detail: { value: false } })
  await until(() => expect(part(page, '.page').dom.className).not.toContain('care'))
})

it('follows the text size that WeChat is set to, within bounds', () => {
  for (const [factor, scale] of [
    [1, 1],
    [1.2, 1.2],
    [3, 1.4],
    [0.8, 1],
  ] as const) {
    phone.fontSizeScaleFactor = factor
    phone.answers('me')
    expect(open('me').instance.data.scale).toBe(scale)
  }
})

it('shows text of 18 to 30 px and targets of 60 px in care mode', () => {
  const care = /\.page\.care \{([^}]*)\}/.exec(STYLE)![1]!
  const sizes = [...care.matchAll(/--text-\w+: (\d+)px/g)].map((found) => Number(found[1]))
  expect(sizes).toHaveLength(4)
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(18)
  expect(Math.max(...sizes)).toBeLessThanOrEqual(30)
  expect(care).toContain('--target: 60px')
})

it('ends the session here also when it is ended there', async () => {
  phone.answers('me')
  const page = open('me')
  await until(() => expect(textOf(page)).toContain('**华'))
  phone.answers('sign-out')
  part(page, '.sign-out').dispatchEvent('tap')
  await until(() => expect(phone.moved).toEqual(['/pages/home/index']))
  expect(phone.kept.has('token')).toBe(false)
})
