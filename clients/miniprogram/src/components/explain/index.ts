Component({
  options: { styleIsolation: 'apply-shared' },
  properties: { of: { type: Object, value: {} } },
  data: { open: false },
  methods: {
    toggle() {
      this.setData({ open: !this.data.open })
    },
  },
})
