import { look, setCare } from '../../lib/care'
import { run, shown } from '../../lib/page'
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
      this.setData(look())
      await run(this, async () => {
        const { person, channel } = await me()
        this.setData({ ready: true, name: person?.name ?? '', phone: channel.phone ?? '' })
      })
    },
    care({ detail }: { detail: { value: boolean } }) {
      this.setData(setCare(detail.value))
    },
    async signOut() {
      if (await run(this, signOut)) wx.reLaunch({ url: '/pages/home/index' })
    },
  },
})
