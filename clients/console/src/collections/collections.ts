import { type Schemas, take, yuan } from '@shebao/api'
import { api } from '../api'

export type Collection = Schemas['CollectionAnswer']
export type OpenedCollection = Schemas['OpenedCollectionAnswer']
export type Payment = Schemas['PaymentAnswer']
export type Refund = Schemas['RefundAnswer']
export type Board = Schemas['CollectionBoardAnswer']

export function board(): Promise<Board> {
  return take(api.GET('/api/admin/v1/collection-board'))
}

/** One collection with what came in; the look is recorded. */
export function openCollection(id: string): Promise<OpenedCollection> {
  const params = { path: { collection_id: id } }
  return take(api.GET('/api/admin/v1/collections/{collection_id}', { params }))
}

/** Fen of a payment that may still go back. */
export function left(payment: Payment): number {
  return payment.amount - payment.given_back
}

/** The way that a payment goes back, in a sentence. */
export function wayBack(bill: OpenedCollection, payment: Payment): string {
  const sum = `${yuan(left(payment))} 元`
  if (payment.use !== 'applied') return `${sum}没有用于本单，经微信支付原路退回付款人。`
  if (bill.receipt_number)
    return `${sum}已入国库（税务凭证号 ${bill.receipt_number}），经税务退费由国库退回。`
  return `${sum}尚未入国库，经微信支付原路退回付款人。`
}
