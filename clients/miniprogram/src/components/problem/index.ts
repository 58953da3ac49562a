Component({
  options: { styleIsolation: 'apply-shared' },
  properties: { problem: { type: Object, value: null as never } },
})
