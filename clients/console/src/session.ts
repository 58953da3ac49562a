import { type Schemas, take } from '@shebao/api'
import { ref } from 'vue'
import { api } from './api'

export type Me = Schemas['MeAnswer']

/** Who is signed in; null before one knows. Kept in memory only. */
export const me = ref<Me | null>(null)

/** Asks who is signed in and what they may do now. Throws its Problem. */
export async function loadMe(): Promise<Me> {
  me.value = await take(api.GET('/api/admin/v1/me'))
  return me.value
}

/** Forgets whoever was signed in. */
export function forgetMe(): void {
  me.value = null
}

/** Whether one may do something anywhere; the API decides on the single case. */
export function can(what: string): boolean {
  return me.value?.functions.includes(what) ?? false
}
