import type { components } from './schema'

/** Signed out, in conflict or too often: the matter itself is not decided. */
const OPEN = new Set([401, 409, 429])

type Answered = components['schemas']['Problem']

/** Why a call failed: what the API said (RFC 9457), or that no answer came. `title` is Chinese, for people. */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly title: string
  readonly detail: string
  readonly requestId: string
  /** Sentences by field name, to be shown beside the fields. */
  readonly fields: Readonly<Record<string, string>>

  constructor(said: Partial<Answered> & { title: string; code: string }) {
    super(`${said.code}: ${said.title}`)
    this.status = said.status ?? 0
    this.code = said.code
    this.title = said.title
    this.detail = said.detail ?? ''
    this.requestId = said.request_id ?? ''
    this.fields = Object.fromEntries((said.errors ?? []).map((error) => [error.field, error.message]))
  }

  /** One sentence for a toast: the detail says what to do where there is one. */
  get sentence(): string {
    return this.detail || Object.values(this.fields)[0] || this.title
  }
}

/** Whether the server has refused for good: the same request would be refused again. */
export function isVerdict(thrown: unknown): boolean {
  return thrown instanceof Problem && thrown.status >= 400 && thrown.status < 500 && !OPEN.has(thrown.status)
}

/** The problem of an answer that is not 2xx. */
export async function problemOf(response: Response): Promise<Problem> {
  try {
    return new Problem((await response.json()) as Answered)
  } catch {
    return new Problem({
      status: response.status,
      code: 'unreadable',
      title: '服务暂时不可用，请稍后再试',
      request_id: response.headers.get('X-Request-Id') ?? '',
    })
  }
}

/** What a caller is told when the network gave nothing. */
export function unanswered(): Problem {
  return new Problem({ code: 'unanswered', title: '网络不通，请检查网络后重试。您填写的内容还在。' })
}

/** Any thrown value as a Problem; what is none of ours is a fault of the page. */
export function asProblem(thrown: unknown): Problem {
  return thrown instanceof Problem ? thrown : new Problem({ code: 'page', title: '页面出错了，请刷新后重试' })
}
