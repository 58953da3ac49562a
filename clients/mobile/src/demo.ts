/** Whom one may be in the demo. */
export interface Persona {
  phone: string
  name: string
  id_number: string
  story: string
}

/** The demo's people; empty when its door does not answer. */
export async function personas(): Promise<Persona[]> {
  const answer = await fetch('/api/demo/people')
  return answer.ok ? ((await answer.json()) as { people: Persona[] }).people : []
}

/** The code in the newest SMS on a persona's phone. */
export async function arrivedCode(phone: string): Promise<string> {
  const answer = await fetch(`/api/demo/phones/${phone}/code`)
  return answer.ok ? (((await answer.json()) as { code: string | null }).code ?? '') : ''
}
