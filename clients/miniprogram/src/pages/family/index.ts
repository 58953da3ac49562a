import { chineseDate, DELEGATION_STATES, RELATIONS, type Schemas, SCOPES } from '@shebao/api'
import { dress, run, shown } from '../../lib/page'
import { call, submit } from '../../lib/session'

type Delegation = Schemas['DelegationAnswer']
type Answer = 'agree' | 'refuse' | 'end'
type Card = ReturnType<typeof told>

interface Tap {
  currentTarget: { dataset: { id: string; how: Answer; name: string } }
}

Component({
  data: { ...shown(), asked: [] as Card[], helping: [] as Card[], helpers: [] as Card[], ready: false },
  pageLifetimes: {
    show() {
      void this.load()
    },
  },
  methods: {
    async load() {
      dress(this)
      await run(this, () => this.list())
    },
    async list() {
      const { helping, helped_by } = await call('get', '/api/v1/family', {})
      const helpers = helped_by.map((one) => told(one, '您是对方的', '对方可以'))
      this.setData({
        ready: true,
        asked: helpers.filter((one) => one.state === 'requested'),
        helpers: helpers.filter((one) => one.state !== 'requested'),
        helping: helping.map((one) => told(one, '对方是您的', '您可以')),
      })
    },
    async answer({ currentTarget }: Tap) {
      const { id, how, name } = currentTarget.dataset
      if (how === 'end' && !(await confirmed(name))) return
      await run(this, async () => {
        const path = { delegation_id: id }
        await submit(`family-${how}`, 'post', `/api/v1/family/{delegation_id}/${how}`, { path })
        await this.list()
      })
    },
  },
})

/** A delegation in words. */
function told(one: Delegation, kin: string, may: string) {
  const scopes = one.scopes.map((scope) => SCOPES[scope]).join('、')
  return {
    id: one.delegation_id,
    name: one.name,
    number: one.id_number ?? '',
    state: one.state,
    stateLabel: DELEGATION_STATES[one.state],
    says: `${kin}${RELATIONS[one.relation]}。${may}${scopes}，到${chineseDate(one.until)}为止。`,
  }
}

/** Whether the person says yes to what cannot be undone at once. */
async function confirmed(name: string): Promise<boolean> {
  const content = `结束后，您与${name}之间的代办授权立即失效。需要时可重新申请。`
  return (await wx.showModal({ title: '结束授权', content, confirmText: '确定', cancelText: '取消' })).confirm
}
