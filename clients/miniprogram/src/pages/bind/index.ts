import { dress, run, shown } from '../../lib/page'
import { call, me, submit } from '../../lib/session'

type Step = 'consent' | 'who' | 'proof'
type Proof = 'phone' | 'card' | 'counter_code'

interface Typed {
  detail: { value: string }
  currentTarget: { dataset: { name: 'name' | 'id_number' | 'code' } }
}

const STEPS = [
  { value: 'consent', label: '1 告知与同意' },
  { value: 'who', label: '2 本人信息' },
  { value: 'proof', label: '3 核验' },
]
const PROOFS = [
  { value: 'phone', label: '手机号', hint: '社保登记的手机号就是微信绑定的这个' },
  { value: 'card', label: '社保卡', hint: '社保登记的、发放待遇用的卡' },
  {
    value: 'counter_code',
    label: '窗口绑定码',
    hint: '换过手机号、也没有银行卡：持身份证到任一社保窗口领取',
  },
]
const VERIFIED_FOR_MS = 24 * 3600 * 1000

Component({
  data: {
    ...shown(),
    steps: STEPS,
    step: 'consent' as Step,
    proofs: PROOFS,
    proof: 'phone' as Proof,
    name: '',
    id_number: '',
    code: '',
    phone: '',
    declined: false,
  },
  pageLifetimes: {
    show() {
      void this.load()
    },
  },
  methods: {
    async load() {
      dress(this)
      await run(this, () => this.readPhone())
    },
    /** A phone proves who is calling only for a day after it was verified. */
    async readPhone() {
      const { phone, phone_verified_at: at } = (await me()).channel
      const fresh = at && Date.now() - Date.parse(at) < VERIFIED_FOR_MS
      this.setData({ phone: (fresh && phone) || '' })
    },
    agree() {
      this.setData({ step: 'who' })
    },
    refuse() {
      void wx.switchTab({ url: '/pages/home/index' })
    },
    next() {
      this.setData({ step: 'proof' })
    },
    back() {
      this.setData({ step: 'who' })
    },
    type({ detail, currentTarget }: Typed) {
      this.setData({ [currentTarget.dataset.name]: detail.value.trim() })
    },
    choose({ currentTarget }: { currentTarget: { dataset: { proof: Proof } } }) {
      this.setData({ proof: currentTarget.dataset.proof, code: '' })
    },
    /** WeChat hands over a code, for which the server asks the number; without one the person said no. */
    async takePhone({ detail }: { detail: { code?: string } }) {
      const { code } = detail
      this.setData({ declined: !code })
      if (!code) return
      await run(this, async () => {
        await call('post', '/api/v1/phone/wechat', { body: { code } })
        await this.readPhone()
      })
    },
    async bind() {
      const { name, id_number, proof, code } = this.data
      const body = {
        name,
        id_number: id_number.toUpperCase(),
        proof,
        ...(proof === 'card' && { card: code.replace(/ /g, '') }),
        ...(proof === 'counter_code' && { counter_code: code.toUpperCase() }),
      }
      const done = await run(this, async () => {
        await submit('binding', 'post', '/api/v1/binding', { body })
      })
      if (done) void wx.reLaunch({ url: '/pages/home/index' })
      else if (this.data.fields.name || this.data.fields.id_number) this.setData({ step: 'who' })
    },
  },
})
