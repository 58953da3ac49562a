import { asProblem, type Problem } from '@shebao/api'
import { type Look, look } from './care'

/** What has to be done before a page can show anything. */
type First = '' | 'sign-in' | 'bind'

export interface Shown extends Look {
  loading: boolean
  first: First
  problem: { title: string; detail: string; requestId: string } | null
  fields: Readonly<Record<string, string>>
}

interface Host {
  data: object
  setData(data: object): void
  getTabBar?(): unknown
}

const FIRST: Record<string, First> = { sign_in_required: 'sign-in', binding_required: 'bind' }

/** What every page's data begins with. */
export function shown(): Shown {
  return { ...look(), loading: false, first: '', problem: null, fields: {} }
}

/** Dresses a page that comes to the screen, and the tabs below it. */
export function dress(page: Host): void {
  page.setData(look())
  const tabs = page.getTabBar?.() as { refresh?(): void } | null | undefined
  tabs?.refresh?.()
}

/** Does a page's work: shows that it runs, and what went wrong; whether it was done. One at a time. */
export async function run(page: Host, work: () => Promise<void>): Promise<boolean> {
  if ((page.data as Shown).loading) return false
  page.setData({ loading: true, problem: null, fields: {} })
  try {
    await work()
    page.setData({ loading: false, first: '' })
    return true
  } catch (thrown) {
    page.setData({ loading: false, ...told(asProblem(thrown)) })
    return false
  }
}

function told(problem: Problem): Pick<Shown, 'first' | 'problem' | 'fields'> {
  const first = FIRST[problem.code] ?? ''
  if (first) return { first, problem: null, fields: {} }
  const { title, detail, fields, status } = problem
  return { first, problem: { title, detail, requestId: status >= 500 ? problem.requestId : '' }, fields }
}
