/** Who may do what for whom, in words. */
Component({
  options: { styleIsolation: 'apply-shared' },
  properties: { of: { type: Object, value: {} } },
})
