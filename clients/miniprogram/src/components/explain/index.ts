import { chineseDate, type Schemas } from '@shebao/api'

type Explanation = Schemas['ExplanationAnswer']

/** A figure and, in a sheet, how it was computed; what it was computed from opens the same way, one level at a time. */
Component({
  options: { styleIsolation: 'apply-shared', pureDataPattern: /^kept/ },
  properties: { of: { type: Object, value: {} as Explanation } },
  data: { keptTrail: [] as Explanation[], shown: null as Level | null, inner: false },
  methods: {
    open() {
      this.show([this.data.of as Explanation])
    },
    deeper({ currentTarget }: { currentTarget: { dataset: { name: string } } }) {
      const input = this.data.keptTrail[this.data.keptTrail.length - 1]?.inputs?.[currentTarget.dataset.name]
      if (input) this.show([...this.data.keptTrail, input])
    },
    back() {
      this.show(this.data.keptTrail.slice(0, -1))
    },
    close() {
      this.show([])
    },
    show(keptTrail: Explanation[]) {
      const last = keptTrail[keptTrail.length - 1]
      this.setData({ keptTrail, inner: keptTrail.length > 1, shown: last ? level(last) : null })
    },
  },
})

type Level = ReturnType<typeof level>

/** One level as the sheet shows it. */
function level(of: Explanation) {
  const inputs = Object.entries(of.inputs ?? {})
  return {
    label: of.label,
    text: of.text,
    provisional: of.provisional,
    words: inputs.length ? (of.in_words ?? '') : '',
    numbers: `${of.in_numbers} = ${of.text}`,
    rounding: of.rounding === '不取整' ? '' : (of.rounding ?? ''),
    source: of.source ?? '',
    inputs: inputs.map(([name, one]) => ({
      name,
      label: one.label,
      text: one.text,
      figure: one.kind === 'figure',
      tags: [...(one.provisional ? ['暂定'] : []), ...(one.confirmed === false ? ['待核对'] : [])].join('、'),
      from: origin(one),
      note: one.note ?? '',
    })),
  }
}

function origin(one: Explanation): string {
  if (one.kind === 'given') return `来源：${one.origin}`
  if (one.kind === 'figure') return ''
  const since = one.from ? `${chineseDate(one.from)}起施行` : ''
  return `${since}${one.until ? `，${chineseDate(one.until)}起不再适用` : ''}。${one.source ?? ''}`
}
