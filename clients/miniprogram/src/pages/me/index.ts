import { setCare } from '../../lib/care'
import { dress, run, shown } from '../../lib/page'
import { me, signOut } from '../../lib/session'

Component({
  data: { ...shown(), name: '', phone: '', ready: false },
  pageLifetimes: {
    show() {
      void this.load()
    },
  },
  methods: {
    async load() {
      dress(this)
      const done = await run(this, async () => {
        const { person, channel } = await me()
        this.setData({ ready: true, name: person?.name ?? '', phone: channel.phone ?? '' })
      })
      if (!done && this.data.first) this.setData({ ready: false })
    },
    care() {
      setCare(!this.data.care)
      dress(this)
    },
    async signOut() {
      if (await run(this, signOut)) void wx.reLaunch({ url: '/pages/home/index' })
    },
  },
})
