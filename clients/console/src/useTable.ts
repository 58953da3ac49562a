import { asProblem, type Problem } from '@shebao/api'
import { computed, ref, shallowRef } from 'vue'

export const PAGE_ROWS = 50

interface Page<Row> {
  items: Row[]
  next_cursor: string | null
}

export interface PageRequest {
  limit: number
  cursor?: string
  /** What a sortable column is called in the API, which checks it; with a minus descending. */
  // oxlint-disable-next-line no-explicit-any
  sort?: any
}

/** A table whose pages and order the server gives; pages already seen are gone back to by their cursors. */
export function useTable<Row>(load: (request: PageRequest) => Promise<Page<Row>>) {
  const rows = shallowRef<Row[]>([])
  const problem = shallowRef<Problem>()
  const loading = ref(false)
  const sort = ref<string>()
  /** The cursors that led here, one for every page before this one. */
  const trail = ref<string[]>([])
  const following = ref<string | null>(null)
  let latest = 0

  async function reload(): Promise<void> {
    const mine = ++latest
    loading.value = true
    const cursor = trail.value.at(-1)
    try {
      const page = await load({
        limit: PAGE_ROWS,
        ...(cursor && { cursor }),
        ...(sort.value && { sort: sort.value }),
      })
      if (mine !== latest) return
      rows.value = page.items
      following.value = page.next_cursor
      problem.value = undefined
    } catch (thrown) {
      if (mine === latest) problem.value = asProblem(thrown)
    } finally {
      if (mine === latest) loading.value = false
    }
  }

  /** Begins at the first page, as after a change of filter. */
  function restart(): Promise<void> {
    trail.value = []
    return reload()
  }

  function order(field: string | undefined): Promise<void> {
    sort.value = field
    return restart()
  }

  function next(): Promise<void> {
    if (following.value) trail.value = [...trail.value, following.value]
    return reload()
  }

  function previous(): Promise<void> {
    trail.value = trail.value.slice(0, -1)
    return reload()
  }

  void reload()
  const number = computed(() => trail.value.length + 1)
  return { rows, problem, loading, number, following, reload, restart, order, next, previous }
}

export type Table<Row> = ReturnType<typeof useTable<Row>>
