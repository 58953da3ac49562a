import { asProblem, type Problem } from '@shebao/api'
import { type Look, look } from './care'

export interface Shown extends Look {
  loading: boolean
  problem: { title: string; detail: string } | null
  fields: Readonly<Record<string, string>>
}

/** What every page's data begins with. */
export function shown(): Shown {
  return { ...look(), loading: false, problem: null, fields: {} }
}

interface Host {
  setData(data: object): void
  data: object
}

/** Does a page's work: shows that it runs, and what went wrong; whether it was done. One at a time. */
export async function run(page: Host, work: () => Promise<void>): Promise<boolean> {
  if ((page.data as Shown).loading) return false
  page.setData({ loading: true, problem: null, fields: {} })
  try {
    await work()
    page.setData({ loading: false })
    return true
  } catch (thrown) {
    page.setData({ loading: false, ...told(asProblem(thrown)) })
    return false
  }
}

function told(problem: Problem): Pick<Shown, 'problem' | 'fields'> {
  return { problem: { title: problem.title, detail: problem.detail }, fields: problem.fields }
}
