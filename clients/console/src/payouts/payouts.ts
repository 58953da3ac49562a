import { type Schemas, take } from '@shebao/api'
import { api } from '../api'

export type Payout = Schemas['PayoutAnswer']
export type OpenedPayout = Schemas['OpenedPayoutAnswer']
export type Board = Schemas['BoardAnswer']

export function board(): Promise<Board> {
  return take(api.GET('/api/admin/v1/payout-board'))
}

/** One payout with its story; the look is recorded. */
export function openPayout(id: string): Promise<OpenedPayout> {
  return take(api.GET('/api/admin/v1/payouts/{payout_id}', { params: { path: { payout_id: id } } }))
}
