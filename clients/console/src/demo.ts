interface Member {
  username: string
  name: string
}

/** Whom of the staff one may be in the demo, and the password of them all. */
export async function demoStaff(): Promise<{ staff: Member[]; password: string }> {
  const answer = await fetch('/api/demo/staff')
  return answer.ok
    ? ((await answer.json()) as { staff: Member[]; password: string })
    : { staff: [], password: '' }
}

/** A dynamic code of theirs that has not been used; empty while there is none, for half a minute at most. */
export async function dynamicCode(username: string): Promise<string> {
  const answer = await fetch(`/api/demo/staff/${username}/code`)
  return answer.ok ? (((await answer.json()) as { code: string | null }).code ?? '') : ''
}
