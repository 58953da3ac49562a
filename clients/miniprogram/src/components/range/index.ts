/** A number to be dragged, or moved step by step with two large buttons. */
Component({
  options: { styleIsolation: 'apply-shared' },
  properties: {
    label: { type: String, value: '' },
    text: { type: String, value: '' },
    min: { type: Number, value: 0 },
    max: { type: Number, value: 0 },
    step: { type: Number, value: 1 },
    value: { type: Number, value: 0 },
    busy: { type: Boolean, value: false },
  },
  methods: {
    drag({ detail }: { detail: { value: number } }) {
      this.set(detail.value)
    },
    nudge({ currentTarget }: { currentTarget: { dataset: { steps: number } } }) {
      this.set(this.data.value + currentTarget.dataset.steps * this.data.step)
    },
    set(wanted: number) {
      const value = Math.min(this.data.max, Math.max(this.data.min, wanted))
      this.triggerEvent('change', { value })
    },
  },
})
