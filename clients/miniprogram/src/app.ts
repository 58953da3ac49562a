import { waitForPrivacy } from './lib/privacy'

App({
  onLaunch() {
    waitForPrivacy()
  },
})
