import { CONSENT, CONSENT_VERSION } from '@shebao/api'
import { look } from '../../lib/care'

Component({
  data: { ...look(), version: CONSENT_VERSION, sections: CONSENT },
  pageLifetimes: {
    show() {
      this.setData(look())
    },
  },
})
