import { AGREE_BUTTON, answerPrivacy, whenPrivacyIsNeeded } from '../../lib/privacy'

/** WeChat asks for the person's word before it gives a phone number or the like; without it nothing is taken. */
Component({
  options: { styleIsolation: 'apply-shared' },
  data: { open: false, buttonId: AGREE_BUTTON },
  lifetimes: {
    attached() {
      whenPrivacyIsNeeded(() => this.setData({ open: true }))
    },
    detached() {
      whenPrivacyIsNeeded(null)
    },
  },
  methods: {
    /** WeChat shows the text registered with it; where it cannot, our own says the same. */
    read() {
      wx.openPrivacyContract({ fail: () => void wx.navigateTo({ url: '/pages/privacy/index' }) })
    },
    agree() {
      this.answer(true)
    },
    refuse() {
      this.answer(false)
    },
    answer(agreed: boolean) {
      answerPrivacy(agreed)
      this.setData({ open: false })
    },
  },
})
