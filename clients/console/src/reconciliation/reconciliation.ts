import { type Schemas, submit, Submission, take } from '@shebao/api'
import { api } from '../api'

export type Board = Schemas['ReconciliationBoardAnswer']
export type Channel = Schemas['ReconciliationChannelAnswer']
export type Day = Schemas['ReconciliationDayAnswer']
export type Difference = Schemas['DifferenceAnswer']

/** Providers whose every number is that of a payout. */
const CARRIES_PAYOUTS = new Set(['bank', 'red_packet'])

export function board(): Promise<Board> {
  return take(api.GET('/api/admin/v1/reconciliation-board'))
}

/** One difference; the look is recorded. */
export function openDifference(id: string): Promise<Difference> {
  const params = { path: { difference_id: id } }
  return take(api.GET('/api/admin/v1/reconciliation-differences/{difference_id}', { params }))
}

/** One day; undefined when there is none. */
export async function openDay(id: string): Promise<Day | undefined> {
  const query = { day_id: id, limit: 1 }
  const { items } = await take(api.GET('/api/admin/v1/reconciliation-days', { params: { query } }))
  return items[0]
}

/** Has the file of a day fetched and compared again. */
export async function runAgain(id: string): Promise<void> {
  const path = { day_id: id }
  await submit(new Submission('reconciliation-run'), path, (header) =>
    api.POST('/api/admin/v1/reconciliation-days/{day_id}/run', { params: { path, header } }),
  )
}

/** The payout that a difference is about, where it is one. */
export function payoutOf(one: Difference): string | undefined {
  return (CARRIES_PAYOUTS.has(one.provider) && one.object_id) || undefined
}
