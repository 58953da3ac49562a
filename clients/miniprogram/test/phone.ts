import { createRequire } from 'node:module'
import path from 'node:path'
import { vi } from 'vitest'
import recorded from './recorded.json'

const require = createRequire(import.meta.url)
const DIST = path.resolve(import.meta.dirname, '../dist')
/** WeChat's own compiler of pages, where it runs; elsewhere the simulator's, which is less strict. */
const COMPILER = process.arch === 'x64' ? 'official' : 'simulate'

interface Recording {
  name: string
  method: string
  path: string
  body: unknown
  status: number
  answer: unknown
}

interface Download {
  url: string
  header: Record<string, string>
  success: (file: { statusCode: number; tempFilePath: string }) => void
}

interface Moved {
  url: string
}

interface Request {
  method: string
  url: string
  data?: unknown
  header: Record<string, string>
  success: (answer: { statusCode: number; data: unknown; header: Record<string, string> }) => void
  fail: (error: { errMsg: string }) => void
}

/** What no recording can show: no answer, and a proxy before a server that is busy. */
export type Loss = 'lost' | 'busy'

/** Spelt as iPhones hand it over. */
const BUSY = { 'retry-after': '1', 'x-request-id': 'request-1' }

/** WeChat on a phone, as far as the mini-program asks: storage, sign-in, and an API that answers as recorded. */
export class Phone {
  readonly kept = new Map<string, unknown>()
  readonly asked: { method: string; path: string; body: unknown; header: Record<string, string> }[] = []
  readonly logins: string[] = []
  readonly moved: string[] = []
  readonly subscriptions: string[][] = []
  readonly opened: string[] = []
  subscribed: Record<string, string> = {}
  confirms = true
  download = 200
  fontSizeScaleFactor = 1
  route = 'pages/home/index'
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
    vi.stubGlobal('getCurrentPages', () => [{ route: this.route }])
  }

  private wx(): object {
    return {
      getStorageSync: (name: string) => this.kept.get(name) ?? '',
      setStorageSync: (name: string, value: unknown) => this.kept.set(name, value),
      removeStorageSync: (name: string) => this.kept.delete(name),
      getAppBaseInfo: () => ({ fontSizeScaleFactor: this.fontSizeScaleFactor }),
      login: () => this.login(),
      reLaunch: (to: Moved) => this.go(to),
      switchTab: (to: Moved) => this.go(to),
      navigateTo: (to: Moved) => this.go(to),
      navigateBack: () => this.go({ url: 'back' }),
      showModal: () => Promise.resolve({ confirm: this.confirms }),
      downloadFile: ({ url, header, success }: Download) => {
        this.asked.push({ method: 'GET', path: new URL(url).pathname, body: undefined, header })
        success({ statusCode: this.download, tempFilePath: 'wxfile://one.pdf' })
      },
      openDocument: ({ filePath }: { filePath: string }) => Promise.resolve(this.opened.push(filePath)),
      requestSubscribeMessage: ({ tmplIds }: { tmplIds: string[] }) => {
        this.subscriptions.push(tmplIds)
        return Promise.resolve(this.subscribed)
      },
      ...(this.asksForPrivacy && {
        onNeedPrivacyAuthorization: (listener: (resolve: (said: object) => void) => void) => {
          this.needPrivacy = listener
        },
      }),
      openPrivacyContract: ({ fail }: { fail: () => void }) => this.contract || fail(),
      request: (request: Request) => this.answer(request),
    }
  }

  /** Base libraries before 2.32.3 do not. */
  asksForPrivacy = true

  /** Whether WeChat can show the privacy text registered with it. */
  contract = true

  needPrivacy: (resolve: (said: object) => void) => void = () => undefined

  /** Looks at the phone at the moment of each request. */
  onAsk = (): void => undefined

  login = (): Promise<{ code: string }> => {
    const code = `code-${this.logins.length + 1}`
    this.logins.push(code)
    return Promise.resolve({ code })
  }

  private go({ url }: Moved): Promise<void> {
    this.moved.push(url)
    return Promise.resolve()
  }

  private answer({ method, url, data, header, success, fail }: Request): void {
    const { pathname, search } = new URL(url)
    const asked = pathname + search
    this.asked.push({ method, path: asked, body: data, header })
    this.onAsk()
    const name = this.script.shift()
    if (name === 'lost') return fail({ errMsg: 'request:fail timeout' })
    if (name === 'busy') return success({ statusCode: 503, data: '<html>', header: BUSY })
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
  querySelectorAll(selector: string): Part[]
  dispatchEvent(name: string, given?: object): void
}

/** A page as WeChat would show it, fresh: nothing is left in memory of an earlier one. */
export function open(name: string): Rendered {
  return draw(`pages/${name}/index`)
}

/** The same for a part of the program that is no page. */
export function draw(file: string): Rendered {
  const simulate = require('miniprogram-simulate') as {
    load(path: string, options: object): string
    render(id: string): Rendered
  }
  for (const known of Object.keys(require.cache)) if (known.startsWith(DIST)) delete require.cache[known]
  const id = simulate.load(path.join(DIST, file), { compiler: COMPILER, rootPath: DIST })
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
