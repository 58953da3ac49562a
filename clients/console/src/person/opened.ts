import { type Schemas, take } from '@shebao/api'
import { shallowReactive } from 'vue'
import { api } from '../api'

export type Person = Schemas['RecordAnswer']

/** For what each record was opened in this window; a reload asks again. */
const purposes = shallowReactive(new Map<string, string>())

export function purposeOf(id: string): string | undefined {
  return purposes.get(id)
}

/** Opens a whole record for a purpose, which the person can read. Throws its Problem. */
export async function openRecord(id: string, purpose: string): Promise<Person> {
  const params = { path: { person_id: id } }
  const record = await take(api.POST('/api/admin/v1/people/{person_id}/open', { params, body: { purpose } }))
  purposes.set(id, purpose)
  return record
}
