import { persistently, Problem, randomId, unanswered } from '@shebao/api'
import { storage } from './storage'

declare const API_URL: string

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

export interface Sent {
  body?: object
  /** The idempotency key of a write that may be sent again. */
  key?: string
  token?: string | null
}

interface Answer {
  status: number
  data: unknown
  retryAfter: number
}

const DEVICE = 'device'

/**
 * What the API answers. Throws a Problem for every status that is not 2xx, which WeChat takes for success too, and
 * when no answer came: after three attempts for reads and for writes with a key, at once for other writes.
 */
export async function request<T>(method: Method, path: string, sent: Sent = {}): Promise<T> {
  const send = () => once(method, path, sent)
  const answer = await (method === 'GET' || sent.key ? persistently(send, busyFor) : send()).catch(() => {
    throw unanswered()
  })
  if (answer.status >= 200 && answer.status < 300) return answer.data as T
  throw problemOf(answer)
}

function once(method: Method, path: string, { body, key, token }: Sent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    wx.request({
      url: API_URL + path,
      method,
      ...(body && { data: body }),
      timeout: 15_000,
      header: {
        'content-type': 'application/json',
        'X-Device-Id': device(),
        ...(token && { Authorization: `Bearer ${token}` }),
        ...(key && { 'Idempotency-Key': key }),
      },
      success: ({ statusCode, data, header }) =>
        resolve({ status: statusCode, data, retryAfter: Number(header?.['Retry-After'] ?? 0) }),
      fail: reject,
    })
  })
}

function busyFor(answer: Answer): number | undefined {
  return answer.status === 503 ? answer.retryAfter : undefined
}

function problemOf({ status, data }: Answer): Problem {
  const said = data && typeof data === 'object' ? (data as { title?: string; code?: string }) : {}
  return new Problem({ title: '服务暂时不可用，请稍后再试', code: 'unreadable', ...said, status })
}

function device(): string {
  const known = storage.getItem(DEVICE) ?? randomId()
  storage.setItem(DEVICE, known)
  return known
}
