import { asProblem, type Problem } from '@shebao/api'
import { type Ref, ref, shallowRef } from 'vue'

export interface Load<Answer> {
  data: Ref<Answer | undefined>
  problem: Ref<Problem | undefined>
  loading: Ref<boolean>
  reload: () => Promise<void>
}

/** Loads now and on `reload`; the last answer stays in sight meanwhile, and an overtaken one is dropped. */
export function useLoad<Answer>(load: () => Promise<Answer>): Load<Answer> {
  const data = shallowRef<Answer>()
  const problem = shallowRef<Problem>()
  const loading = ref(false)
  let latest = 0

  async function reload(): Promise<void> {
    const mine = ++latest
    loading.value = true
    try {
      const answer = await load()
      if (mine !== latest) return
      data.value = answer
      problem.value = undefined
    } catch (thrown) {
      if (mine === latest) problem.value = asProblem(thrown)
    } finally {
      if (mine === latest) loading.value = false
    }
  }

  void reload()
  return { data, problem, loading, reload }
}
