import { run, shown } from '../../lib/page'
import { look } from '../../lib/care'
import { type Me, me } from '../../lib/session'

interface Attention {
  url: string
  text: string
}

Component({
  data: { ...shown(), name: '', attention: [] as Attention[], ready: false },
  pageLifetimes: {
    show() {
      void this.load()
    },
  },
  methods: {
    async load() {
      this.setData(look())
      await run(this, async () => {
        const found = await me()
        this.setData({ ready: true, name: found.person?.name ?? '', attention: attention(found) })
      })
    },
  },
})

function attention(found: Me): Attention[] {
  if (!found.person) return [{ url: '/pages/bind/index', text: '请先完成实名绑定，才能查看社保信息' }]
  const unread = found.attention.unread_messages
  return unread ? [{ url: '/pages/messages/index', text: `有${unread}条新消息` }] : []
}
