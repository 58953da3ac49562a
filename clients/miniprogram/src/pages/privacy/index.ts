import { look } from '../../lib/care'
import { dress } from '../../lib/page'

Component({
  data: look(),
  pageLifetimes: {
    show() {
      dress(this)
    },
  },
})
