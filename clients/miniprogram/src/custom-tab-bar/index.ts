import { look } from '../lib/care'

const TABS = [
  { route: 'pages/home/index', label: '首页' },
  { route: 'pages/messages/index', label: '消息' },
  { route: 'pages/me/index', label: '我的' },
]

/** The three tabs in our own words and sizes: WeChat's bar does not grow in care mode. */
Component({
  options: { styleIsolation: 'apply-shared' },
  data: { ...look(), tabs: TABS, here: '' },
  lifetimes: {
    attached() {
      this.refresh()
    },
  },
  methods: {
    refresh() {
      const pages = getCurrentPages()
      this.setData({ ...look(), here: pages[pages.length - 1]?.route ?? '' })
    },
    go({ currentTarget }: { currentTarget: { dataset: { route: string } } }) {
      void wx.switchTab({ url: `/${currentTarget.dataset.route}` })
    },
  },
})
