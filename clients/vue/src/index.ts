export { inDemo } from './environment'
export { default as ExplainTree } from './ExplainTree.vue'
export { type Load, useLoad } from './load'
export { useSend } from './send'
