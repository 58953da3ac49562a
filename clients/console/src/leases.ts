import type { Schemas } from '@shebao/api'
import { me } from './session'

type Task = Schemas['TaskAnswer']

/** Who is at a task, as a clerk reads it: nobody, oneself, or a colleague, and for how long still. */
export function leaseOf(task: Task, now: number): { text: string; mine: boolean; taken: boolean } {
  const left = task.leased_until ? Math.ceil((Date.parse(task.leased_until) - now) / 60_000) : 0
  if (task.state !== 'leased' || left <= 0) return { text: '待领取', mine: false, taken: false }
  const mine = task.holder_id === me.value?.staff_id
  const who = mine ? '我' : (task.holder_name ?? '同事')
  return { text: `${who}办理中，剩${left}分钟`, mine, taken: !mine }
}
