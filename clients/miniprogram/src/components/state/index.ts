import { asProblem } from '@shebao/api'
import { signIn } from '../../lib/session'

/** What stands between a person and a page: nobody is signed in, no name is proved, or something went wrong. */
Component({
  options: { styleIsolation: 'apply-shared' },
  properties: {
    problem: { type: Object, value: null as never },
    first: { type: String, value: '' },
    /** Whether the page can be loaded again. */
    again: { type: Boolean, value: false },
  },
  data: { signingIn: false, refusal: '' },
  methods: {
    retry() {
      this.triggerEvent('retry')
    },
    async signIn() {
      this.setData({ signingIn: true, refusal: '' })
      try {
        await signIn()
        this.triggerEvent('retry')
      } catch (thrown) {
        this.setData({ refusal: asProblem(thrown).title })
      } finally {
        this.setData({ signingIn: false })
      }
    },
  },
})
