import { moment, type Schemas } from '@shebao/api'
import { look } from '../../lib/care'
import { run, shown } from '../../lib/page'
import { call, submit } from '../../lib/session'

type Message = Schemas['MessageAnswer']
type Consent = Schemas['ConsentAnswer']

interface Tap {
  currentTarget: { dataset: { id: string } }
}

Component({
  data: {
    ...shown(),
    messages: [] as (Message & { at: string })[],
    cursor: '',
    consents: [] as Consent[],
    open: '',
  },
  pageLifetimes: {
    show() {
      void this.load()
    },
  },
  methods: {
    async load() {
      this.setData(look())
      await run(this, async () => {
        const consents = await call<{ items: Consent[] }>('GET', '/api/v1/consents')
        this.setData({ consents: consents.items, messages: [], cursor: '' })
        await this.fetchPage()
      })
    },
    async more() {
      await run(this, () => this.fetchPage())
    },
    async fetchPage() {
      const query = this.data.cursor ? `?cursor=${encodeURIComponent(this.data.cursor)}` : ''
      const page = await call<{ items: Message[]; next_cursor: string | null }>(
        'GET',
        `/api/v1/messages${query}`,
      )
      const added = page.items.map((one) => ({ ...one, at: moment(one.created_at) }))
      this.setData({ messages: [...this.data.messages, ...added], cursor: page.next_cursor ?? '' })
    },
    async read({ currentTarget }: Tap) {
      const { id } = currentTarget.dataset
      this.setData({ open: this.data.open === id ? '' : id })
      const message = this.data.messages.find((one) => one.message_id === id)
      if (!message || message.read_at) return
      await run(this, async () => {
        await submit('message-read', 'POST', `/api/v1/messages/${id}/read`)
        const messages = this.data.messages.map((one) =>
          one === message ? { ...one, read_at: one.at } : one,
        )
        this.setData({ messages })
      })
    },
    /** WeChat lets one ask only in a tap, and one yes is one message. */
    async allow({ currentTarget }: Tap) {
      const consent = this.data.consents.find((one) => one.template === currentTarget.dataset.id)
      if (!consent) return
      const said = await wx.requestSubscribeMessage({ tmplIds: [consent.template_id] }).catch(() => null)
      if (!said) return
      await run(this, async () => {
        const accepted = (said as Record<string, unknown>)[consent.template_id] === 'accept'
        await submit('consent', 'POST', '/api/v1/consents', { template: consent.template, accepted })
        const { items } = await call<{ items: Consent[] }>('GET', '/api/v1/consents')
        this.setData({ consents: items })
      })
    },
  },
})
