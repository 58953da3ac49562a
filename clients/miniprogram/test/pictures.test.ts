import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { open, Phone, textOf, until } from './phone'

const HERE = import.meta.dirname
const DRAWN = path.resolve(HERE, '../dist-pictures')

/** Pages as HTML that any browser shows, for `make screenshots`: WeChat's tags become blocks, its sheets styles. */
const PAGES: Record<string, { page: string; answers: string[]; says: string }> = {
  home: { page: 'home', answers: ['me'], says: '您好，**华' },
  account: { page: 'account', answers: ['me', 'accounts'], says: '3,871.20' },
  bind: { page: 'bind', answers: ['me-with-phone'], says: '138****5678' },
  messages: { page: 'messages', answers: ['consents', 'messages'], says: '账号绑定提醒' },
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
  const sheets = [
    'app',
    'components/explain/index',
    'components/problem/index',
    'components/privacy-sheet/index',
  ]
  const styles = sheets
    .map((sheet) => readFileSync(path.resolve(HERE, '../dist', `${sheet}.wxss`), 'utf8'))
    .join('\n')
    .replace(/@import[^;]+;/, '')
    .replace(/^page \{/m, 'body {')
  // The simulator prefixes classes by component; in WeChat these components share the page's.
  const html = inside.replace(
    /class="([^"]*)"/g,
    (_, names: string) => `class="${names.replace(/[\w-]+?--(?=\w)/g, '')}"`,
  )
  const tags =
    'wx-view, wx-navigator, wx-button, wx-input, explain, problem, privacy-sheet { display: block } body { margin: 0 }'
  return `<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><style>${tags} ${styles} body { font-family: 'Noto Sans SC' }</style>${html}`
}
