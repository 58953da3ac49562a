import { moment, type Schemas } from '@shebao/api'
import { keepConsent, tellConsents } from '../../lib/consents'
import { dress, run, shown } from '../../lib/page'
import { call, submit } from '../../lib/session'

type Message = Schemas['MessageAnswer'] & { at: string }

interface Tap {
  currentTarget: { dataset: { id: string } }
}

Component({
  data: {
    ...shown(),
    messages: [] as Message[],
    cursor: '',
    consents: [] as Schemas['ConsentAnswer'][],
    open: '',
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
      const done = await run(this, async () => {
        const { items, next_cursor } = await call('get', '/api/v1/messages', {})
        this.setData({ messages: items.map(dated), cursor: next_cursor ?? '', ready: true })
        await this.settleConsents()
      })
      if (!done && this.data.first) this.setData({ ready: false, messages: [], consents: [] })
    },
    async more() {
      await run(this, async () => {
        const query = { cursor: this.data.cursor }
        const { items, next_cursor } = await call('get', '/api/v1/messages', { query })
        this.setData({ messages: [...this.data.messages, ...items.map(dated)], cursor: next_cursor ?? '' })
      })
    },
    /** Tells what was said, and asks how many messages are allowed now. */
    async settleConsents() {
      await tellConsents()
      const { items } = await call('get', '/api/v1/consents', {})
      this.setData({ consents: items })
    },
    /** Opening a message reads it; if that cannot be told now, it stays unread and is told the next time. */
    async read({ currentTarget }: Tap) {
      const message_id = currentTarget.dataset.id
      this.setData({ open: this.data.open === message_id ? '' : message_id })
      const message = this.data.messages.find((one) => one.message_id === message_id)
      if (!this.data.open || !message || message.read_at) return
      await submit('message-read', 'post', '/api/v1/messages/{message_id}/read', { path: { message_id } })
        .then(() => this.markRead(message_id))
        .catch(() => undefined)
    },
    markRead(id: string) {
      const messages = this.data.messages.map((one) =>
        one.message_id === id ? { ...one, read_at: one.created_at } : one,
      )
      this.setData({ messages })
    },
    /** WeChat lets one ask only in a tap, and one yes is one message. */
    async allow({ currentTarget }: Tap) {
      const consent = this.data.consents.find((one) => one.template === currentTarget.dataset.id)
      if (!consent) return
      const id = consent.template_id
      const said = await wx.requestSubscribeMessage({ tmplIds: [id] }).catch(() => null)
      if (!said) return
      const accepted = (said as unknown as Record<string, string>)[id] === 'accept'
      const template = consent.template as Schemas['ConsentBody']['template']
      keepConsent({ template, accepted })
      await run(this, () => this.settleConsents())
    },
  },
})

function dated(message: Schemas['MessageAnswer']): Message {
  return { ...message, at: moment(message.created_at) }
}
