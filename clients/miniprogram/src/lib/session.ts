import { Problem, type Schemas, Submission } from '@shebao/api'
import { request } from './request'
import { storage } from './storage'
import type { Answer, Method, Sent, Taking } from './typed'

export type Me = Schemas['CitizenAnswer']

const TOKEN = 'token'
let signingIn: Promise<string> | null = null

/**
 * A call in the name of whoever holds this phone. Nobody is signed in before they have said so, nor after they have
 * signed out; a session that has merely ended begins anew by itself.
 */
export async function call<M extends Method, P extends Taking<M>>(
  method: M,
  path: P,
  sent: Sent<M, P>,
): Promise<Answer<M, P>> {
  const token = storage.getItem(TOKEN)
  if (!token) throw new Problem({ status: 401, code: 'sign_in_required', title: '请先登录' })
  try {
    return await request(method, path, sent, token)
  } catch (thrown) {
    if (!(thrown instanceof Problem) || thrown.status !== 401) throw thrown
    return request(method, path, sent, await signIn())
  }
}

/** A write that is done once however often it is sent; the key is kept before the first send. */
export async function submit<M extends 'post' | 'put', P extends Taking<M>>(
  name: string,
  method: M,
  path: P,
  sent: Omit<Sent<M, P>, 'key'>,
): Promise<Answer<M, P>> {
  return new Submission(name, storage).once({ path, ...sent }, (key) =>
    call(method, path, { ...sent, key } as Sent<M, P>),
  )
}

/** The token of the session, for what WeChat fetches itself. */
export function currentToken(): string | undefined {
  return storage.getItem(TOKEN) ?? undefined
}

/** Who is signed in. Throws its Problem. */
export function me(): Promise<Me> {
  return call('get', '/api/v1/me', {})
}

/** Forgets the session here and ends it there; out of reach of the network it runs out by itself. */
export async function signOut(): Promise<void> {
  const token = storage.getItem(TOKEN)
  storage.removeItem(TOKEN)
  if (token) await request('delete', '/api/v1/session', {}, token).catch(() => undefined)
}

/** Several pages may want to sign in at once; a code of wx.login is good once, so they share one. */
export function signIn(): Promise<string> {
  signingIn ??= exchange().finally(() => (signingIn = null))
  return signingIn
}

async function exchange(): Promise<string> {
  const { code } = await wx.login().catch(() => {
    throw new Problem({ code: 'wechat_login', title: '微信暂时不能登录，请稍后再试' })
  })
  const { token } = await request('post', '/api/v1/sign-in/miniprogram', { body: { code } })
  storage.setItem(TOKEN, token ?? '')
  return token ?? ''
}
