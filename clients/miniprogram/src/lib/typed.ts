import type { Paths } from '@shebao/api'

export type Method = 'get' | 'post' | 'put' | 'delete'

/** The paths that take a method. */
export type Taking<M extends Method> = {
  [P in keyof Paths]: Paths[P] extends { [K in M]: { responses: unknown } } ? P : never
}[keyof Paths]

/** What the API says of one operation. */
type Operation<M extends Method, P extends keyof Paths> = Paths[P] extends { [K in M]: infer Found }
  ? Found
  : never

type Json<Content> = Content extends { content: { 'application/json': infer Read } } ? Read : never

/** What an operation answers when all is well; nothing where there is no content. */
export type Answer<M extends Method, P extends keyof Paths> =
  Operation<M, P> extends { responses: infer All }
    ? Or<Json<All[keyof All & (200 | 201 | 202)]>, void>
    : never

/** What has to be sent along: a body, the parts of the path, a query, where the operation has them. */
export type Sent<M extends Method, P extends keyof Paths> = {
  /** The idempotency key of a write that may be sent again. */
  key?: string
} & Asked<'body', Operation<M, P> extends { requestBody: infer Body } ? Typed<Json<Body>> : never> &
  Asked<'path', Operation<M, P> extends { parameters: { path: infer Parts } } ? Parts : never> &
  Optional<'query', Operation<M, P> extends { parameters: { query?: infer Query } } ? Query : never>

/** What the API has a default for may be left out. */
type Typed<Body> = Body extends { keep: unknown; label: unknown } ? Omit<Body, 'keep' | 'label'> : Body

type Or<Value, Else> = [Value] extends [never] ? Else : Value
type Asked<Name extends string, Value> = [Value] extends [never] ? unknown : { [K in Name]: Value }
type Optional<Name extends string, Value> = [Value] extends [never] ? unknown : { [K in Name]?: Value }
