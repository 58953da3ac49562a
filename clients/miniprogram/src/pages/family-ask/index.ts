import { type Relation, RELATIONS, type Scope, SCOPES } from '@shebao/api'
import { dress, run, shown } from '../../lib/page'
import { submit } from '../../lib/session'

interface Typed {
  detail: { value: string }
  currentTarget: { dataset: { name: 'name' | 'id_number' } }
}

const KIN = Object.entries(RELATIONS).map(([value, label]) => ({ value: value as Relation, label }))
const MAY = Object.entries(SCOPES).map(([value, label]) => ({ value: value as Scope, label }))

Component({
  data: {
    ...shown(),
    name: '',
    id_number: '',
    kin: KIN,
    /** The place in `kin`: a parent, as a rule. */
    picked: 1,
    may: MAY.map((one) => ({ ...one, chosen: one.value !== 'pay' })),
    until: dateIn(1),
    today: dateIn(0),
    latest: dateIn(5),
  },
  pageLifetimes: {
    show() {
      dress(this)
    },
  },
  methods: {
    type({ detail, currentTarget }: Typed) {
      this.setData({ [currentTarget.dataset.name]: detail.value.trim() })
    },
    pick({ detail }: { detail: { value: string } }) {
      this.setData({ picked: Number(detail.value) })
    },
    toggle({ currentTarget }: { currentTarget: { dataset: { value: Scope } } }) {
      const { value } = currentTarget.dataset
      this.setData({
        may: this.data.may.map((one) => (one.value === value ? { ...one, chosen: !one.chosen } : one)),
      })
    },
    setUntil({ detail }: { detail: { value: string } }) {
      this.setData({ until: detail.value })
    },
    async ask() {
      const { name, id_number, kin, picked, may, until } = this.data
      const body = {
        name,
        id_number: id_number.toUpperCase(),
        relation: kin[picked]!.value,
        scopes: may.filter((one) => one.chosen).map((one) => one.value),
        until,
      }
      const done = await run(this, async () => {
        await submit('family-ask', 'post', '/api/v1/family', { body })
      })
      if (done) void wx.navigateBack()
    },
  },
})

/** The day that lies so many years ahead, by this phone's calendar. */
function dateIn(ahead: number): string {
  const now = new Date()
  const day = new Date(now.getFullYear() + ahead, now.getMonth(), now.getDate(), 12)
  return day.toISOString().slice(0, 10)
}
