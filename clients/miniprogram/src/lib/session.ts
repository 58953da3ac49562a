import { Problem, type Schemas, Submission } from '@shebao/api'
import { request, type Sent } from './request'
import { storage } from './storage'

export type Me = Schemas['CitizenAnswer']

const TOKEN = 'token'
let signingIn: Promise<string> | null = null

/** A call in the name of whoever holds this phone; signs in first, and once more when the session has ended. */
export async function call<T>(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  sent: Omit<Sent, 'token'> = {},
): Promise<T> {
  const token = storage.getItem(TOKEN) ?? (await signIn())
  try {
    return await request<T>(method, path, { ...sent, token })
  } catch (thrown) {
    if (!(thrown instanceof Problem) || thrown.status !== 401) throw thrown
    storage.removeItem(TOKEN)
    return request<T>(method, path, { ...sent, token: await signIn() })
  }
}

/** A write that is done once however often it is sent; the key is kept before the first send. */
export async function submit<T>(
  name: string,
  method: 'POST' | 'PUT',
  path: string,
  body?: object,
): Promise<T> {
  const submission = new Submission(name, storage)
  const key = submission.key({ path, body })
  try {
    const answer = await call<T>(method, path, { key, ...(body && { body }) })
    submission.settle()
    return answer
  } catch (thrown) {
    if (thrown instanceof Problem && [400, 403, 404, 422].includes(thrown.status)) submission.settle()
    throw thrown
  }
}

/** Who is signed in. Throws its Problem. */
export function me(): Promise<Me> {
  return call<Me>('GET', '/api/v1/me')
}

/** Ends the session here and forgets it, also when the network is down. */
export async function signOut(): Promise<void> {
  const token = storage.getItem(TOKEN)
  storage.removeItem(TOKEN)
  if (token) await request('DELETE', '/api/v1/session', { token })
}

/** Several pages may want to sign in at once; a code of wx.login is good once, so they share one. */
function signIn(): Promise<string> {
  signingIn ??= exchange().finally(() => (signingIn = null))
  return signingIn
}

async function exchange(): Promise<string> {
  const { code } = await wx.login()
  const body = { code }
  const { token } = await request<Schemas['SignedInAnswer']>('POST', '/api/v1/sign-in/miniprogram', { body })
  storage.setItem(TOKEN, token ?? '')
  return token ?? ''
}
