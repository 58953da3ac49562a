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

/** Whom somebody picked in this tab, so that the binding form can be filled in for them. */
export const picked = {
  get: (): Persona | null => JSON.parse(sessionStorage.getItem('persona') ?? 'null') as Persona | null,
  set: (persona: Persona): void => sessionStorage.setItem('persona', JSON.stringify(persona)),
}

/** What WeChat on a persona's phone gives for `wx.login`. */
export async function loginCode(phone: string): Promise<string> {
  const answer = await fetch(`/api/demo/phones/${phone}/login-code`)
  return answer.ok ? (((await answer.json()) as { code: string | null }).code ?? '') : ''
}
