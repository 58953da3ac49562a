const SAFE = new Set(['GET', 'HEAD'])
const PAUSES_MS = [400, 1200]
const LONGEST_WAIT_MS = 5000

type Fetch = (request: Request) => Promise<Response>

/**
 * Sends again what may be sent again: reads, and writes that carry an idempotency key. Twice at most, after a
 * pause or what Retry-After asks for (up to 5 s); a refusal other than 503 is an answer and stays one.
 */
export function retrying(send: Fetch, pause: (ms: number) => Promise<void> = sleep): Fetch {
  return async (request) => {
    const pauses = repeatable(request) ? PAUSES_MS : []
    for (const ms of pauses) {
      const response = await send(request.clone()).catch(() => undefined)
      if (response && response.status !== 503) return response
      const wait = response ? Number(response.headers.get('Retry-After')) * 1000 : 0
      if (wait > LONGEST_WAIT_MS && response) return response
      await pause(wait || ms)
    }
    return send(request)
  }
}

function repeatable(request: Request): boolean {
  return SAFE.has(request.method) || request.headers.has('Idempotency-Key')
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
