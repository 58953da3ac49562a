import { type Schemas, take } from '@shebao/api'
import { api } from '../api'

export type Member = Schemas['StaffAnswer']
export type Issued = Schemas['IssuedAnswer']

/** One member of staff as they stand now. Throws its Problem. */
export function member(id: string): Promise<Member> {
  return take(api.GET('/api/admin/v1/staff/{staff_id}', { params: { path: { staff_id: id } } }))
}
