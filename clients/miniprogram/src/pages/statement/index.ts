import { moment, type Schemas } from '@shebao/api'
import { openDocument } from '../../lib/files'
import { dress, run, shown } from '../../lib/page'
import { call, submit } from '../../lib/session'
import { type Whose, whose } from '../../lib/whose'

const FIRST_YEAR = 1992
const PAUSES_MS = [500, 1000, 2000, 4000, 8000]
const LISTED = 10

type Document = Schemas['DocumentAnswer'] & { at: string }

Component({
  data: {
    ...shown(),
    of: null as Whose | null,
    years: years(new Date().getFullYear()),
    /** The place in `years`: last year, whose record is complete. */
    picked: 1,
    documents: [] as Document[],
    cursor: '',
    ready: false,
  },
  pageLifetimes: {
    show() {
      void this.load()
    },
  },
  methods: {
    async load() {
      dress(this)
      await run(this, () => this.list(''))
    },
    async more() {
      await run(this, () => this.list(this.data.cursor))
    },
    async list(cursor: string) {
      const of = await whose()
      const path = { person_id: of.id }
      const query = { limit: LISTED, ...(cursor && { cursor }) }
      const found = await call('get', '/api/v1/people/{person_id}/documents', { path, query })
      const items = found.items.map((one) => ({ ...one, at: moment(one.requested_at) }))
      const documents = cursor ? [...this.data.documents, ...items] : items
      this.setData({ of, documents, cursor: found.next_cursor ?? '', ready: true })
    },
    pick({ detail }: { detail: { value: string } }) {
      this.setData({ picked: Number(detail.value) })
    },
    async ask() {
      await run(this, async () => {
        const path = { person_id: (await whose()).id }
        const body = { year: this.data.years[this.data.picked]!.year }
        const asked = await submit('statement', 'post', '/api/v1/people/{person_id}/statements', {
          path,
          body,
        })
        await untilMade(asked.document_id)
        await this.list('')
      })
    },
    async open({ currentTarget }: { currentTarget: { dataset: { id: string } } }) {
      await run(this, () => openDocument(currentTarget.dataset.id))
    },
  },
})

/** This year and those before it, newest first. */
function years(now: number) {
  return Array.from({ length: now - FIRST_YEAR + 1 }, (_, index) => ({
    year: now - index,
    label: `${now - index}年${index ? '' : '（截至今天）'}`,
  }))
}

/** Waits until the bureau has made a document, or as long as one wants to wait; the list says which. */
async function untilMade(document_id: string): Promise<void> {
  for (const pause of PAUSES_MS) {
    const { state } = await call('get', '/api/v1/documents/{document_id}', { path: { document_id } })
    if (state !== 'requested') return
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
}
