import { type Schemas, take } from '@shebao/api'
import { computed, ref } from 'vue'
import { api } from './api'

export type Me = Schemas['CitizenAnswer']

/** Who is signed in; null before one knows. Kept in memory only. */
export const me = ref<Me | null>(null)

/** The family member whose record is on the screen; null: one's own. */
const lookingAt = ref<string | null>(null)

/** Asks who is signed in, once; `again` when something has changed. Throws its Problem. */
export async function loadMe(again = false): Promise<Me> {
  if (!me.value || again) me.value = await take(api.GET('/api/v1/me'))
  return me.value
}

/** Forgets everything about whoever was signed in. */
export function forgetMe(): void {
  me.value = null
  lookingAt.value = null
}

/** Family members whose record one may look at. */
export const relatives = computed(() => me.value?.acts_for.filter((one) => one.scopes.includes('look')) ?? [])

/** Shows the record of a family member from now on, or with null one's own. */
export function lookAt(personId: string | null): void {
  lookingAt.value = personId
}

/** Whose record is on the screen. */
export const shown = computed(() => {
  const relative = relatives.value.find((one) => one.person_id === lookingAt.value)
  if (relative) return { id: relative.person_id, name: relative.name, own: false }
  const person = me.value?.person
  return person ? { id: person.person_id, name: person.name, own: true } : null
})

/** The id of that person; pages that need it are open to bound people only. */
export function shownId(): string {
  return shown.value?.id ?? ''
}

/** The same, also where the page came up before anybody could be asked who is signed in. Throws its Problem. */
export async function whose(): Promise<string> {
  await loadMe()
  return shownId()
}
