import { type Schemas, yuan } from '@shebao/api'
import { look } from '../../lib/care'
import { run, shown } from '../../lib/page'
import { call, me } from '../../lib/session'

type Account = Schemas['AccountAnswer']

Component({
  data: { ...shown(), unbound: false, accounts: [] as ReturnType<typeof told>[] },
  pageLifetimes: {
    show() {
      void this.load()
    },
  },
  methods: {
    async load() {
      this.setData(look())
      await run(this, async () => {
        const { person } = await me()
        if (!person) return this.setData({ unbound: true })
        const path = `/api/v1/people/${person.person_id}/accounts`
        const { items } = await call<{ items: Account[] }>('GET', path)
        this.setData({ unbound: false, accounts: items.map(told) })
      })
    },
  },
})

/** An account as the page shows it: amounts in yuan. */
function told(account: Account) {
  return {
    kind: account.kind,
    label: account.label,
    balance: yuan(account.balance),
    parts: account.parts.map((part) => ({ label: part.label, amount: yuan(part.amount) })),
    months: account.months_paid,
    explain: account.explain,
  }
}
