import createClient, { type Client } from 'openapi-fetch'
import { Problem, problemOf, unanswered } from './problem'
import { retrying } from './retry'
import type { paths } from './schema'
import { randomId, type Submission } from './submission'

export type Api = Client<paths>
type Audience = 'citizen' | 'staff'

const CSRF_COOKIE: Record<Audience, string> = { citizen: 'csrf', staff: 'staff_csrf' }
const DEVICE = 'device'

/** A typed client of the API whose every failure is thrown as a Problem. The session is in an HttpOnly cookie. */
export function createApi(audience: Audience, onSignedOut: (problem: Problem) => void): Api {
  const api = createClient<paths>({ fetch: retrying((request) => fetch(request)) })
  api.use({
    onRequest({ request }) {
      request.headers.set('X-Device-Id', device()['X-Device-Id'])
      if (request.method !== 'GET') request.headers.set('X-CSRF-Token', cookie(CSRF_COOKIE[audience]))
      return request
    },
    async onResponse({ response }) {
      if (response.ok) return response
      const problem = await problemOf(response)
      if (problem.status === 401) onSignedOut(problem)
      throw problem
    },
    onError() {
      return unanswered()
    },
  })
  return api
}

/** What a call answered; throws its Problem. */
export async function take<Answer>(call: Promise<{ data?: Answer }>): Promise<Answer> {
  return (await call).data as Answer
}

/** Sends a write under its submission's key; the key is dropped once the server has given its verdict. */
export async function submit<Answer>(
  submission: Submission,
  content: unknown,
  send: (header: { 'Idempotency-Key': string }) => Promise<{ data?: Answer }>,
): Promise<Answer> {
  return submission.once(content, (key) => take(send({ 'Idempotency-Key': key })))
}

function cookie(name: string): string {
  const found = document.cookie.split('; ').find((pair) => pair.startsWith(`${name}=`))
  return found ? decodeURIComponent(found.slice(name.length + 1)) : ''
}

/** The header that tells this device from others; calls that count attempts demand it by type. */
export function device(): { 'X-Device-Id': string } {
  const known = localStorage.getItem(DEVICE) ?? randomId()
  localStorage.setItem(DEVICE, known)
  return { 'X-Device-Id': known }
}
