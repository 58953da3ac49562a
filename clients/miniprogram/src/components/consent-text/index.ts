import { CONSENT, CONSENT_VERSION } from '@shebao/api'

/** What everybody is told before their data are used. */
Component({
  options: { styleIsolation: 'apply-shared' },
  data: { version: CONSENT_VERSION, sections: CONSENT },
})
