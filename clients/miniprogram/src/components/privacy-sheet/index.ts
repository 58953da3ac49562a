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
    read() {
      wx.openPrivacyContract?.({})
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
