import { type Schemas, take } from '@shebao/api'
import { api } from '../api'

export type Payout = Schemas['PayoutAnswer']
export type OpenedPayout = Schemas['OpenedPayoutAnswer']
export type Board = Schemas['BoardAnswer']

const REFUNDS = new Set(['collection_return', 'collection_refund', 'tax_refund'])
const REFUND_PROVIDERS = new Set(['wechat_refund', 'tax_refund'])

export function board(): Promise<Board> {
  return take(api.GET('/api/admin/v1/payout-board'))
}

/** One payout with its story; the look is recorded. */
export function openPayout(id: string): Promise<OpenedPayout> {
  return take(api.GET('/api/admin/v1/payouts/{payout_id}', { params: { path: { payout_id: id } } }))
}

/** Whether money of a kind goes back to whoever paid it, out of what was collected. */
export function isRefund(payout: Payout): boolean {
  return REFUNDS.has(payout.kind)
}

/** Whether a provider sends money back to an order that was paid, instead of to an account. */
export function refunds(provider: string): boolean {
  return REFUND_PROVIDERS.has(provider)
}

/** What a payout rests on, as people call it: refunds rest on a number of the machine's. */
export function basisOf(payout: Payout): string {
  return isRefund(payout) ? payout.label : payout.source
}
