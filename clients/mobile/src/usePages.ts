import { asProblem, type Problem } from '@shebao/api'
import { ref, shallowRef } from 'vue'

interface Page<Item> {
  items: Item[]
  next_cursor: string | null
}

/** A list that grows by pages: `more` adds the next one, `restart` begins anew. */
export function usePages<Item>(load: (cursor: string | undefined) => Promise<Page<Item>>) {
  const items = shallowRef<Item[]>([])
  const problem = shallowRef<Problem>()
  const loading = ref(false)
  const started = ref(false)
  const cursor = ref<string | null>(null)
  let latest = 0

  async function fetchPage(from: string | undefined): Promise<void> {
    const mine = ++latest
    loading.value = true
    try {
      const page = await load(from)
      if (mine !== latest) return
      items.value = from ? [...items.value, ...page.items] : page.items
      cursor.value = page.next_cursor
      problem.value = undefined
      started.value = true
    } catch (thrown) {
      if (mine === latest) problem.value = asProblem(thrown)
    } finally {
      if (mine === latest) loading.value = false
    }
  }

  const restart = () => fetchPage(undefined)
  const more = () => fetchPage(cursor.value ?? undefined)
  void restart()
  return { items, problem, loading, started, cursor, more, restart }
}
