const SAFE = new Set(['GET', 'HEAD'])
const PAUSES_MS = [400, 1200]
const LONGEST_WAIT_MS = 5000

type Fetch = (request: Request) => Promise<Response>
type Pause = (ms: number) => Promise<void>

/**
 * Sends until there is an answer: three times at most, after a pause or what a busy server asks for (up to 5 s).
 * Only for what may be sent again. `busyFor` gives the seconds that an answer asks to wait, 0 for a pause of our
 * own, and undefined for an answer that stands. Throws what the last `send` throws.
 */
export async function persistently<Answer>(
  send: () => Promise<Answer>,
  busyFor: (answer: Answer) => number | undefined,
  pause: Pause = sleep,
): Promise<Answer> {
  for (const ms of PAUSES_MS) {
    const answer = await send().catch(() => undefined)
    const busy = answer === undefined ? 0 : busyFor(answer)
    if (answer !== undefined && (busy === undefined || busy * 1000 > LONGEST_WAIT_MS)) return answer
    await pause(busy ? busy * 1000 : ms)
  }
  return send()
}

/** A fetch that sends again what may be sent again: reads, and writes that carry an idempotency key. */
export function retrying(send: Fetch, pause: Pause = sleep): Fetch {
  return (request) =>
    SAFE.has(request.method) || request.headers.has('Idempotency-Key')
      ? persistently(() => send(request.clone()), askedToWait, pause)
      : send(request)
}

function askedToWait(response: Response): number | undefined {
  return response.status === 503 ? Number(response.headers.get('Retry-After')) : undefined
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
