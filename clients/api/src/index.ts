import type { components } from './schema'

export type Schemas = components['schemas']
export { type Api, createApi, device, submit, take } from './client'
export { type Relation, RELATIONS, type Scope, SCOPES, DELEGATION_STATES } from './family'
export { chineseDate, moment, yuan } from './format'
export { asProblem, Problem } from './problem'
export { randomId, Submission } from './submission'
