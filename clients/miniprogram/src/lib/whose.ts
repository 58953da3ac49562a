import { Problem } from '@shebao/api'
import { me } from './session'

/** Whose record is on the screen: one's own, or that of somebody who agreed. */
export interface Whose {
  id: string
  name: string
  own: boolean
  /** Those one may choose from, oneself first; empty when there is nobody else. */
  choices: { id: string; label: string }[]
}

/** The family member chosen until the mini-program is closed; nobody: oneself. */
let chosen = ''

/** Throws the Problem that one has not proved who one is. */
export async function whose(): Promise<Whose> {
  const { person, acts_for } = await me()
  if (!person) throw new Problem({ status: 403, code: 'binding_required', title: '请先完成实名绑定' })
  const relatives = acts_for.filter((one) => one.scopes.includes('look'))
  const relative = relatives.find((one) => one.person_id === chosen)
  const others = relatives.map((one) => ({ id: one.person_id, label: one.name }))
  return {
    id: relative?.person_id ?? person.person_id,
    name: relative?.name ?? person.name,
    own: !relative,
    choices: others.length ? [{ id: person.person_id, label: '本人' }, ...others] : [],
  }
}

/** Shows the record of another person from now on. */
export function lookAt(id: string): void {
  chosen = id
}
