import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { open, Phone, textOf, until } from './phone'

const HERE = import.meta.dirname
const DIST = path.resolve(HERE, '../dist')
const DRAWN = path.resolve(HERE, '../dist-pictures')

/** Pages as HTML that any browser shows, for `make screenshots`: WeChat's tags become blocks, its sheets styles. */
const PAGES: Record<string, { page: string; answers: string[]; says: string }> = {
  home: { page: 'home', answers: ['me'], says: '您好，**华' },
  account: { page: 'account', answers: ['me', 'accounts'], says: '3,871.20' },
  bind: { page: 'bind', answers: ['me-with-phone'], says: '同意并继续' },
  messages: { page: 'messages', answers: ['messages', 'consents'], says: '业务办理结果通知' },
  estimate: { page: 'estimate', answers: ['me', 'estimate'], says: '每月养老金约' },
  statement: { page: 'statement', answers: ['me', 'documents'], says: 'QY20261122-000001' },
  family: { page: 'family', answers: ['family-asked'], says: '请您确认' },
  me: { page: 'me', answers: ['me'], says: '**华' },
}

for (const care of [false, true])
  for (const [name, { page, answers, says }] of Object.entries(PAGES))
    it(`draws ${name}${care ? ' in care mode' : ''}`, async () => {
      const phone = new Phone()
      phone.kept.set('token', 'a-token').set('care', care)
      phone.install()
      phone.answers(...answers)
      const shown = open(page)
      await until(() => expect(textOf(shown)).toContain(says))
      mkdirSync(DRAWN, { recursive: true })
      writeFileSync(path.join(DRAWN, `${name}-${care ? 'care' : 'normal'}.html`), drawn(shown.dom.innerHTML))
    })

function drawn(inside: string): string {
  const styles = readdirSync(DIST, { recursive: true, encoding: 'utf8' })
    .filter((sheet) => sheet.endsWith('.wxss') && sheet !== 'weui.wxss')
    .sort()
    .map((sheet) => readFileSync(path.join(DIST, sheet), 'utf8'))
    .join('\n')
    .replace(/@import[^;]+;/, '')
    .replace(/^page \{/m, 'body {')
  // The simulator prefixes classes by component; in WeChat these components share the page's.
  const html = inside.replace(
    /class="([^"]*)"/g,
    (_, names: string) => `class="${names.replace(/[\w-]+?--(?=\w)/g, '')}"`,
  )
  const tags =
    'wx-view, wx-navigator, wx-button, wx-input, wx-slider, explain, state, range, delegation, privacy-sheet { display: block } body { margin: 0 }'
  return `<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><style>${tags} ${styles} body { font-family: 'Noto Sans SC' }</style>${html}`
}
