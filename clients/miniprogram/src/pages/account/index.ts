import { monthSpan, type Schemas, yuan } from '@shebao/api'
import { dress, run, shown } from '../../lib/page'
import { call } from '../../lib/session'
import { type Whose, whose } from '../../lib/whose'

Component({
  data: { ...shown(), of: null as Whose | null, accounts: [] as ReturnType<typeof told>[] },
  pageLifetimes: {
    show() {
      void this.load()
    },
  },
  methods: {
    async load() {
      dress(this)
      await run(this, async () => {
        const of = await whose()
        const path = { person_id: of.id }
        const { items } = await call('get', '/api/v1/people/{person_id}/accounts', { path })
        this.setData({ of, accounts: items.map(told) })
      })
    },
  },
})

/** An account as the page shows it: amounts in yuan. */
function told(account: Schemas['AccountAnswer']) {
  return {
    kind: account.kind,
    label: account.label,
    balance: yuan(account.balance),
    parts: account.parts.map((part) => ({ label: part.label, amount: yuan(part.amount) })),
    months: account.months_paid,
    gaps: account.gaps.map((gap) => `${monthSpan(gap.from_month, gap.to_month)}，${gap.months}个月`),
    explain: account.explain,
  }
}
