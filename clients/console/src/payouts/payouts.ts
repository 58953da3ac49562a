import { Problem, type Schemas, take } from '@shebao/api'
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

/** Does a change; when the payout is no longer what one saw, shows it as it is now and says so. */
export async function orReload(reload: () => void, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (thrown) {
    if (!(thrown instanceof Problem) || thrown.status !== 409) throw thrown
    reload()
    throw new Problem({
      status: thrown.status,
      code: thrown.code,
      title: thrown.title,
      detail: '页面已刷新为最新状态，请核对后再办理。',
    })
  }
}
