import { dress, run, shown } from '../../lib/page'
import { type Me, me } from '../../lib/session'

interface Attention {
  url: string
  /** Tabs are switched to, other pages opened. */
  how: 'navigate' | 'switchTab'
  text: string
}

const ENTRIES = [
  { url: '/pages/account/index', label: '我的账户', hint: '余额由什么组成、怎么算的' },
  { url: '/pages/estimate/index', label: '养老金估算', hint: '何时退休、能领多少' },
  { url: '/pages/statement/index', label: '权益记录单', hint: '官方凭证，可验真' },
  { url: '/pages/family/index', label: '家人代办', hint: '替家人办、请家人帮' },
]

Component({
  data: { ...shown(), name: '', attention: [] as Attention[], entries: ENTRIES, ready: false },
  pageLifetimes: {
    show() {
      void this.load()
    },
  },
  methods: {
    async load() {
      dress(this)
      const done = await run(this, async () => {
        const found = await me()
        this.setData({ ready: true, name: found.person?.name ?? '', attention: attention(found) })
      })
      if (!done && this.data.first) this.setData({ ready: false })
    },
  },
})

function attention({ person, attention: waiting }: Me): Attention[] {
  if (!person) return [toPage('bind', '请先完成实名绑定，才能查看社保信息')]
  const { family_requests: asked, unread_messages: unread } = waiting
  return [
    ...(asked ? [toPage('family', `有${asked}位家人申请替您办事，请您确认`)] : []),
    ...(unread ? [{ ...toPage('messages', `有${unread}条新消息`), how: 'switchTab' as const }] : []),
  ]
}

function toPage(name: string, text: string): Attention {
  return { url: `/pages/${name}/index`, how: 'navigate', text }
}
