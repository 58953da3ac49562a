import { describe, expect, it } from 'vitest'
import { retrying } from '../src/retry'

type Outcome = number | 'lost' | [status: number, retryAfter: string]

/** A network that answers as scripted, and counts what it was asked and how long it was given. */
function network(...script: Outcome[]) {
  const asked: Request[] = []
  const pauses: number[] = []
  const send = retrying(
    (request) => {
      asked.push(request)
      const outcome = script[asked.length - 1]
      if (outcome === undefined) throw new Error('asked more often than expected')
      if (outcome === 'lost') return Promise.reject(new TypeError('Failed to fetch'))
      const [status, after] = typeof outcome === 'number' ? [outcome, ''] : outcome
      return Promise.resolve(new Response('{}', { status, headers: after ? { 'Retry-After': after } : {} }))
    },
    (ms) => {
      pauses.push(ms)
      return Promise.resolve()
    },
  )
  return { asked, pauses, send }
}

function post(headers: Record<string, string> = {}): Request {
  return new Request('http://here/api', { method: 'POST', headers, body: '{"a":1}' })
}

describe('retrying', () => {
  it('sends a read again until it is answered', async () => {
    const { asked, pauses, send } = network('lost', 'lost', 200)
    expect((await send(new Request('http://here/api'))).status).toBe(200)
    expect(asked).toHaveLength(3)
    expect(pauses).toEqual([400, 1200])
  })

  it('gives up after three', async () => {
    const { send } = network('lost', 'lost', 'lost')
    await expect(send(new Request('http://here/api'))).rejects.toThrow('Failed to fetch')
  })

  it('sends a write again under its key, with its body', async () => {
    const { asked, send } = network('lost', 201)
    expect((await send(post({ 'Idempotency-Key': 'k1' }))).status).toBe(201)
    expect(asked.map((one) => one.headers.get('Idempotency-Key'))).toEqual(['k1', 'k1'])
    expect(await asked[1]!.text()).toBe('{"a":1}')
  })

  it('never sends a write without a key twice', async () => {
    const { asked, send } = network('lost')
    await expect(send(post())).rejects.toThrow('Failed to fetch')
    expect(asked).toHaveLength(1)
  })

  it('takes every answer but 503 as one', async () => {
    for (const status of [400, 409, 429, 500]) {
      const { asked, send } = network(status)
      expect((await send(new Request('http://here/api'))).status).toBe(status)
      expect(asked).toHaveLength(1)
    }
  })

  it('waits as long as a busy server asks, and not for ever', async () => {
    const soon = network([503, '2'], 200)
    expect((await soon.send(new Request('http://here/api'))).status).toBe(200)
    expect(soon.pauses).toEqual([2000])
    const late = network([503, '60'])
    expect((await late.send(new Request('http://here/api'))).status).toBe(503)
    expect(late.pauses).toEqual([])
  })
})
