import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { draw, open, part, Phone, textOf, until } from './phone'

const DIST = path.resolve(import.meta.dirname, '../dist')
const STYLE = readFileSync(path.join(DIST, 'app.wxss'), 'utf8')
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
  part(page, '.switch').dispatchEvent('tap')
  await until(() => expect(part(page, '.page').dom.className).toContain('care'))
  expect(textOf(page)).toContain('已开')
  expect(part(page, '.page').dom.getAttribute('data-weui-mode')).toBe('care')

  phone.answers('me')
  const home = open('home')
  await until(() => expect(part(home, '.page').dom.className).toContain('care'))
  expect(part(draw('custom-tab-bar/index'), '.tabs').dom.className).toContain('care')
  part(page, '.switch').dispatchEvent('tap')
  await until(() => expect(part(page, '.page').dom.className).not.toContain('care'))
  expect(part(page, '.page').dom.getAttribute('data-weui-mode')).toBe('default')
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

it('marks the tab one is on, and goes to another', async () => {
  phone.route = 'pages/messages/index'
  const tabs = draw('custom-tab-bar/index')
  expect(part(tabs, '.here').dom.textContent).toBe('消息')
  tabs.querySelectorAll('.tab')[2]!.dispatchEvent('tap')
  await until(() => expect(phone.moved).toEqual(['/pages/me/index']))
})

it('signs out for good: nobody is signed in again by looking at a page', async () => {
  phone.answers('me')
  const page = open('me')
  await until(() => expect(textOf(page)).toContain('**华'))
  phone.answers('lost')
  part(page, '.sign-out').dispatchEvent('tap')
  await until(() => expect(phone.moved).toEqual(['/pages/home/index']))
  expect(phone.kept.has('token')).toBe(false)
  const asked = phone.asked.length
  const home = open('home')
  await until(() => expect(textOf(home)).toContain('微信一键登录'))
  expect(textOf(home)).not.toContain('**华')
  expect(phone.asked).toHaveLength(asked)
  expect(phone.logins).toEqual([])
})

describe('in care mode', () => {
  const care = declared('.look.care')

  it('text has 18 to 30 px, and targets 60', () => {
    const sizes = Object.entries(care).filter(([name]) => name.startsWith('--text-'))
    expect(sizes).toHaveLength(4)
    for (const [, size] of sizes) expect(Number(/^(\d+)px$/.exec(size)![1])).toBeGreaterThanOrEqual(18)
    for (const [, size] of sizes) expect(Number(/^(\d+)px$/.exec(size)![1])).toBeLessThanOrEqual(30)
    expect(care['--target']).toBe('60px')
  })

  it('no sheet of ours sets a size of text but through these', () => {
    const sheets = readdirSync(DIST, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.wxss') && file !== 'weui.wxss')
      .map((file) => readFileSync(path.join(DIST, file), 'utf8'))
    const sizes = sheets.flatMap((sheet) => [...sheet.matchAll(/font-size: ([^;]+);/g)]).map((one) => one[1])
    expect(sizes.length).toBeGreaterThan(10)
    for (const size of sizes) expect(size).toMatch(/^var\(--text-(s|m|l|xl)\)$/)
  })
})

describe('contrast is at least 4.5 to 1', () => {
  const GROUNDS = ['#fff', '#f4f6f9']
  for (const selector of ['.look', '.look.care'])
    for (const name of ['--primary', '--text', '--secondary', '--danger'])
      it(`of ${name} in ${selector}`, () => {
        const colour = { ...declared('.look'), ...declared(selector) }[name]!
        for (const ground of GROUNDS) expect(contrast(colour, ground)).toBeGreaterThanOrEqual(4.5)
      })

  it('of WeUI’s own text, which is made for a dark ground in its care mode', () => {
    const care = declared(".look[data-weui-mode='care']")
    for (const name of ['--weui-FG-0', '--weui-FG-1', '--weui-FG-2', '--weui-LINK'])
      expect(contrast(care[name]!, care['--weui-BG-2']!), name).toBeGreaterThanOrEqual(4.5)
  })

  it('of tags, problems and disabled buttons', () => {
    for (const [text, ground] of [
      ['#8a5200', '#fff5e5'],
      ['#b42318', '#fdeceb'],
      ['#fff', '#5f7186'],
      ['#fff', '#0a7d4f'],
      ['#fff', '#0b5cad'],
    ] as const)
      expect(contrast(text, ground)).toBeGreaterThanOrEqual(4.5)
  })
})

/** What a rule of app.wxss says, by property. */
function declared(selector: string): Record<string, string> {
  const start = STYLE.indexOf(`\n${selector} {`)
  if (start < 0) throw new Error(`app.wxss has no ${selector}`)
  const body = STYLE.slice(STYLE.indexOf('{', start) + 1, STYLE.indexOf('}', start))
  return Object.fromEntries([...body.matchAll(/([\w-]+): ([^;]+);/g)].map(([, name, value]) => [name, value]))
}

/** WCAG's ratio of two colours written in hexadecimal. */
function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

function luminance(colour: string): number {
  const digits = colour.length === 4 ? colour.slice(1).replace(/./g, '$&$&') : colour.slice(1)
  const [red, green, blue] = [0, 2, 4].map((at) => {
    const share = parseInt(digits.slice(at, at + 2), 16) / 255
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
