import { asProblem, type Problem } from '@shebao/api'
import { ref, shallowRef } from 'vue'

/** One button's work: runs once at a time, and keeps what went wrong for the form to show. */
export function useSend() {
  const sending = ref(false)
  const problem = shallowRef<Problem>()

  /** Whether the work was done. */
  async function send(work: () => Promise<void>): Promise<boolean> {
    if (sending.value) return false
    sending.value = true
    problem.value = undefined
    try {
      await work()
      return true
    } catch (thrown) {
      problem.value = asProblem(thrown)
      return false
    } finally {
      sending.value = false
    }
  }

  return { sending, problem, send }
}
