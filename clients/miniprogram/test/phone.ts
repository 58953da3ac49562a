import { createRequire } from 'node:module'
import path from 'node:path'
import { vi } from 'vitest'
import recorded from './recorded.json'

const require = createRequire(import.meta.url)
const DIST = path.resolve(import.meta.dirname, '../dist')

interface Recording {
  name: string
  method: string
  path: string
  body: unknown
  status: number
  answer: unknown
}

interface Request {
  method: string
  url: string
  data?: unknown
  header: Record<string, string>
  success: (answer: { statusCode: number; data: unknown; header: Record<string, string> }) => void
  fail: (error: { errMsg: string }) => void
}

export type Loss = 'lost'

/** WeChat on a phone, as far as the mini-program asks: storage, sign-in, and an API that answers as recorded. */
export class Phone {
  readonly kept = new Map<string, unknown>()
  readonly asked: { method: string; path: string; body: unknown; header: Record<string, string> }[] = []
  readonly logins: string[] = []
  readonly moved: string[] = []
  subscribed: Record<string, string> = {}
  fontSizeScaleFactor = 1
  private readonly script: (string | Loss)[] = []

  /** What the API answers to the requests to come, by the names of the recordings. */
  answers(...names: (string | Loss)[]): void {
    this.script.push(...names)
  }

  /** Answers that were expected to be asked for and were not. */
  get unasked(): string[] {
    return this.script
  }

  install(): void {
    vi.stubGlobal('wx', this.wx())
  }

  private wx(): object {
    return {
      getStorageSync: (name: string) => this.kept.get(name) ?? '',
      setStorageSync: (name: string, value: unknown) => this.kept.set(name, value),
      removeStorageSync: (name: string) => this.kept.delete(name),
      getAppBaseInfo: () => ({ fontSizeScaleFactor: this.fontSizeScaleFactor }),
      login: () => {
        this.logins.push(`code-${this.logins.length + 1}`)
        return Promise.resolve({ code: this.logins.at(-1) })
      },
      reLaunch: ({ url }: { url: string }) => this.moved.push(url),
      requestSubscribeMessage: () => Promise.resolve(this.subscribed),
      onNeedPrivacyAuthorization: (listener: (resolve: (said: object) => void) => void) => {
        this.needPrivacy = listener
      },
      openPrivacyContract: () => undefined,
      request: (request: Request) => this.answer(request),
    }
  }

  needPrivacy: (resolve: (said: object) => void) => void = () => undefined

  private answer({ method, url, data, header, success, fail }: Request): void {
    const asked = new URL(url).pathname
    this.asked.push({ method, path: asked, body: data, header })
    const name = this.script.shift()
    if (name === 'lost') return fail({ errMsg: 'request:fail timeout' })
    const found = (recorded as Recording[]).find((one) => one.name === name)
    if (!found) throw new Error(`${method} ${asked} was asked, ${name ?? 'nothing'} is recorded`)
    if (found.method !== method || found.path !== asked)
      throw new Error(`${method} ${asked} was asked, ${found.method} ${found.path} expected`)
    success({ statusCode: found.status, data: structuredClone(found.answer) ?? '', header: {} })
  }
}

interface Rendered {
  dom: HTMLElement
  instance: { data: Record<string, unknown> }
  querySelector(selector: string): Part | undefined
  querySelectorAll(selector: string): Part[]
  attach(parent: Node): void
  detach(): void
  triggerPageLifeTime(name: string): void
}

interface Part {
  dom: HTMLElement
  querySelector(selector: string): Part | undefined
  dispatchEvent(name: string, given?: object): void
}

/** A page as WeChat would show it, fresh: nothing is left in memory of an earlier one. */
export function open(name: string): Rendered {
  const simulate = require('miniprogram-simulate') as {
    load(path: string, options: object): string
    render(id: string): Rendered
  }
  for (const file of Object.keys(require.cache)) if (file.startsWith(DIST)) delete require.cache[file]
  const id = simulate.load(path.join(DIST, 'pages', name, 'index'), { compiler: 'simulate', rootPath: DIST })
  const page = simulate.render(id)
  page.attach(document.body)
  page.triggerPageLifeTime('show')
  return page
}

/** What the page says now, spaces aside. */
export function textOf(page: Rendered): string {
  return (page.dom.textContent ?? '').replaceAll(/\s+/g, ' ')
}

/** Waits until something holds. */
export function until(check: () => void): Promise<void> {
  return vi.waitFor(check, { timeout: 4000, interval: 10 })
}

/** A part of a page, or of a component on it. */
export function part(page: Rendered | Part, selector: string): Part {
  const found = page.querySelector(selector)
  if (!found) throw new Error(`no ${selector} on the page: ${page.dom.innerHTML}`)
  return found
}
