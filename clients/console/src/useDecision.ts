import { submit, Submission, take } from '@shebao/api'
import { useSend } from '@shebao/vue'
import { ElMessage, ElMessageBox } from 'element-plus'
import { api } from './api'

/** Approving, refusing with a reason, and taking back: each sent once, however often the key is pressed. */
export function useDecision(done: () => Promise<void>) {
  const { sending, problem, send } = useSend()

  async function decide(id: string, how: 'approve' | 'withdraw'): Promise<void> {
    const path = { approval_id: id }
    const decided = await send(async () => {
      await submit(new Submission(`approval-${how}`), path, (header) =>
        api.POST(`/api/admin/v1/approvals/{approval_id}/${how}`, { params: { path, header } }),
      )
    })
    await finished(decided, how === 'approve' ? '已通过' : '已撤回')
  }

  async function reject(id: string): Promise<void> {
    const reason = await askForReason()
    if (!reason) return
    const path = { approval_id: id }
    const decided = await send(async () => {
      await submit(new Submission('approval-reject'), { id, reason }, (header) =>
        api.POST('/api/admin/v1/approvals/{approval_id}/reject', {
          params: { path, header },
          body: { reason },
        }),
      )
    })
    await finished(decided, '已退回')
  }

  async function finished(decided: boolean, word: string): Promise<void> {
    if (decided) ElMessage.success(word)
    await done()
  }

  return { sending, problem, decide, reject }
}

/** One approval with its difference; the look is recorded. */
export function openApproval(id: string) {
  return take(api.GET('/api/admin/v1/approvals/{approval_id}', { params: { path: { approval_id: id } } }))
}

async function askForReason(): Promise<string | null> {
  try {
    const { value } = await ElMessageBox.prompt('提出人会看到这条原因。', '退回', {
      inputPlaceholder: '例如：材料不齐',
      inputValidator: (text) =>
        (text?.trim().length >= 2 && text.length <= 200) || '请写明退回原因，2至200个字',
      confirmButtonText: '退回',
      cancelButtonText: '取消',
    })
    return value.trim()
  } catch {
    return null // they thought better of it
  }
}
