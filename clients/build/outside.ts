import type { Plugin } from 'vite'

/** Takes the fallback fonts on other hosts out of the components' styles: nothing is fetched from outside. */
export function withoutOutsideHosts(): Plugin {
  return {
    name: 'without-outside-hosts',
    enforce: 'pre',
    transform(code, id) {
      if (!id.includes('.css') || !code.includes('//at.alicdn.com')) return
      return {
        code: code.replace(/,\s*url\(["']?\/\/at\.alicdn\.com[^)]*\)\s*format\(["']?\w+["']?\)/g, ''),
        map: null,
      }
    },
  }
}
