import { lookAt, type Whose } from '../../lib/whose'

/** Says whose record is on the screen, and lets one choose another. */
Component({
  options: { styleIsolation: 'apply-shared' },
  properties: { of: { type: Object, value: null as unknown as Whose } },
  methods: {
    choose({ currentTarget }: { currentTarget: { dataset: { id: string } } }) {
      lookAt(currentTarget.dataset.id)
      this.triggerEvent('change')
    },
  },
})
