import { persistently, Problem, randomId, unanswered } from '@shebao/api'
import { storage } from './storage'
import type { Answer, Method, Sent, Taking } from './typed'

declare const API_URL: string

interface Answered {
  status: number
  data: unknown
  header: Record<string, string>
}

interface Parts {
  body?: object
  path?: object
  query?: object
  key?: string
}

const DEVICE = 'device'

/**
 * What the API answers. Throws a Problem for every status that is not 2xx, which WeChat takes for success too, and
 * when no answer came: after three attempts for reads and for writes with a key, at once for other writes.
 */
export async function request<M extends Method, P extends Taking<M>>(
  method: M,
  template: P,
  sent: Sent<M, P>,
  token?: string,
): Promise<Answer<M, P>> {
  const parts = sent as Parts
  const send = () => once(method, address(template, parts), parts, token)
  const repeatable = method === 'get' || Boolean(parts.key)
  const answer = await (repeatable ? persistently(send, busyFor) : send()).catch(() => {
    throw unanswered()
  })
  if (answer.status >= 200 && answer.status < 300) return answer.data as Answer<M, P>
  throw problemOf(answer)
}

/** Where a path of the API is, its parts filled in. */
export function address(template: string, { path = {}, query = {} }: Parts): string {
  const filled = Object.entries(path).reduce(
    (found, [name, value]) => found.replace(`{${name}}`, encodeURIComponent(String(value))),
    template,
  )
  const asked = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
  return API_URL + filled + (asked.length ? `?${asked.join('&')}` : '')
}

/** What every call says of the phone and of whoever holds it. */
export function headers(token?: string): Record<string, string> {
  return { 'X-Device-Id': device(), ...(token && { Authorization: `Bearer ${token}` }) }
}

function once(method: Method, url: string, { body, key }: Parts, token?: string): Promise<Answered> {
  return new Promise((resolve, reject) => {
    wx.request({
      url,
      method: method.toUpperCase() as 'GET' | 'POST' | 'PUT' | 'DELETE',
      ...(body && { data: body }),
      timeout: 15_000,
      header: {
        'content-type': 'application/json',
        ...headers(token),
        ...(key && { 'Idempotency-Key': key }),
      },
      success: ({ statusCode, data, header }) =>
        resolve({ status: statusCode, data, header: lowered(header) }),
      fail: reject,
    })
  })
}

function busyFor({ status, header }: Answered): number | undefined {
  return status === 503 ? Number(header['retry-after'] ?? 0) : undefined
}

function problemOf({ status, data, header }: Answered): Problem {
  const said = data && typeof data === 'object' ? data : {}
  const request_id = header['x-request-id'] ?? ''
  return new Problem({
    title: '服务暂时不可用，请稍后再试',
    code: 'unreadable',
    request_id,
    ...said,
    status,
  })
}

/** Phones differ in how they spell the names of headers. */
function lowered(header: object | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(header ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
  )
}

function device(): string {
  const known = storage.getItem(DEVICE) ?? randomId()
  storage.setItem(DEVICE, known)
  return known
}
