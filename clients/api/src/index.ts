import type { components } from './schema'

export type Schemas = components['schemas']
export { type Api, createApi, device, submit, take } from './client'
export type { paths as Paths } from './schema'
export { CONSENT, CONSENT_VERSION } from './consent'
export { type Relation, RELATIONS, type Scope, SCOPES, DELEGATION_STATES } from './family'
export { chineseDate, fenOf, moment, yuan } from './format'
export { monthsAfter, monthsBetween, monthSpan, yearsAndMonths } from './months'
export { asProblem, isVerdict, Problem, unanswered } from './problem'
export { persistently } from './retry'
export { randomId, type Store, Submission } from './submission'
