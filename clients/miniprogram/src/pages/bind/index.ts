import type { Schemas } from '@shebao/api'
import { look } from '../../lib/care'
import { run, shown } from '../../lib/page'
import { call, me, submit } from '../../lib/session'

type Proof = 'phone' | 'card' | 'counter_code'

interface Typed {
  detail: { value: string }
  currentTarget: { dataset: { name: 'name' | 'id_number' | 'code' } }
}

const PROOFS = [
  { value: 'phone', label: '手机号' },
  { value: 'card', label: '社保卡' },
  { value: 'counter_code', label: '窗口绑定码' },
] as const

Component({
  data: {
    ...shown(),
    proofs: PROOFS as readonly { value: Proof; label: string }[],
    proof: 'phone' as Proof,
    name: '',
    id_number: '',
    code: '',
    phone: '',
  },
  pageLifetimes: {
    show() {
      void this.load()
    },
  },
  methods: {
    async load() {
      this.setData(look())
      await run(this, () => this.readPhone())
    },
    async readPhone() {
      const { channel } = await me()
      this.setData({ phone: channel.phone ?? '' })
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
      if (!code) return
      await run(this, async () => {
        await call('POST', '/api/v1/phone/wechat', { body: { code } })
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
        await submit<Schemas['ChannelAnswer']>('binding', 'POST', '/api/v1/binding', body)
      })
      if (done) wx.reLaunch({ url: '/pages/home/index' })
    },
  },
})
