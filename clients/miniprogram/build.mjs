/** Makes what WeChat opens, in dist/: one script a page and component, what they share, and the rest as it is. */
import { copyFile, cp, glob, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { rolldown } from 'rolldown'

const HERE = import.meta.dirname
const SOURCE = path.join(HERE, 'src')
const DIST = path.join(HERE, 'dist')
const LIMIT_BYTES = 2 * 1024 * 1024
/** Where the API is: https and registered with WeChat in production. */
const API_URL = process.env.API_URL ?? 'http://127.0.0.1:8000'

await rm(DIST, { recursive: true, force: true })
await cp(SOURCE, DIST, { recursive: true, filter: (from) => !from.endsWith('.ts') })
await scripts()
await copyFile(
  path.join(
    path.dirname(createRequire(import.meta.url).resolve('weui-miniprogram/package.json')),
    'miniprogram_dist/weui-wxss/dist/style/weui.wxss',
  ),
  path.join(DIST, 'weui.wxss'),
)
const bytes = await weigh(DIST)
process.stdout.write(
  `miniprogram: ${bytes.toLocaleString('en-US')} bytes of ${LIMIT_BYTES.toLocaleString('en-US')}\n`,
)
if (bytes > LIMIT_BYTES) throw new Error('the package is larger than WeChat takes')

async function scripts() {
  const input = {}
  for await (const file of glob(
    ['app.ts', 'pages/*/index.ts', 'components/*/index.ts', 'custom-tab-bar/index.ts'],
    { cwd: SOURCE },
  ))
    input[file.slice(0, -3)] = path.join(SOURCE, file)
  const bundle = await rolldown({
    input,
    transform: { target: 'es2018', define: { API_URL: JSON.stringify(API_URL) } },
  })
  await bundle.write({
    dir: DIST,
    format: 'cjs',
    minify: true,
    entryFileNames: '[name].js',
    chunkFileNames: 'shared/[name].js',
  })
  await mkdir(DIST, { recursive: true })
  // The folder's files are CommonJS, whatever stands above it.
  await writeFile(path.join(DIST, 'package.json'), '{ "type": "commonjs" }\n')
}

async function weigh(folder) {
  let sum = 0
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) sum += (await stat(path.join(entry.parentPath, entry.name))).size
  return sum
}
