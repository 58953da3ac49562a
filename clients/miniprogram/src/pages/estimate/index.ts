import { dress, run, shown } from '../../lib/page'
import { call } from '../../lib/session'
import { type Whose, whose } from '../../lib/whose'
import { type Guess, type Outlook, view } from './view'

const BASE_STEP = 10_000
const WOMEN = [
  { value: 'female-50', label: '原50周岁退休' },
  { value: 'female-55', label: '原55周岁退休' },
]

interface Wish {
  category?: 'female-50' | 'female-55'
  retire_months_earlier_later?: number
  future_base?: number
}

interface Dragged {
  detail: { value: number }
}

interface Chosen<Value> {
  currentTarget: { dataset: { value: Value } }
}

Component({
  options: { pureDataPattern: /^kept/ },
  data: {
    ...shown(),
    step: BASE_STEP,
    women: WOMEN,
    of: null as Whose | null,
    wish: {} as Wish,
    guess: 'middle' as Guess,
    /** Too large to be sent to the page's own layer: WeChat leaves what begins with `kept` here. */
    keptOutlook: null as Outlook | null,
    view: null as ReturnType<typeof view> | null,
  },
  pageLifetimes: {
    show() {
      void this.load()
    },
  },
  methods: {
    async load() {
      dress(this)
      await this.ask(this.data.wish)
    },
    /** Another person has other wishes. */
    async turn() {
      await this.ask({})
    },
    async ask(wish: Wish) {
      await run(this, async () => {
        const of = await whose()
        const path = { person_id: of.id }
        const outlook = await call('get', '/api/v1/people/{person_id}/pension-estimate', {
          path,
          query: wish,
        })
        this.setData({ of, wish, keptOutlook: outlook, view: view(outlook, this.data.guess) })
      })
    },
    shift({ detail }: Dragged) {
      void this.ask({ ...this.data.wish, retire_months_earlier_later: detail.value })
    },
    base({ detail }: Dragged) {
      void this.ask({ ...this.data.wish, future_base: detail.value })
    },
    category({ currentTarget }: Chosen<'female-50' | 'female-55'>) {
      void this.ask({ ...this.data.wish, category: currentTarget.dataset.value })
    },
    guess({ currentTarget }: Chosen<Guess>) {
      const guess = currentTarget.dataset.value
      if (this.data.keptOutlook) this.setData({ guess, view: view(this.data.keptOutlook, guess) })
    },
  },
})
