import { describe, expect, it } from 'vitest'
import { submit } from '../src/client'
import { Problem } from '../src/problem'
import { type Store, Submission } from '../src/submission'

function storage(): Store {
  const kept = new Map<string, string>()
  return {
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, value) => void kept.set(name, value),
    removeItem: (name) => void kept.delete(name),
  }
}

describe('Submission', () => {
  it('keeps one key for one content, also after a reload', () => {
    const store = storage()
    const key = new Submission('binding', store).key({ name: '王秀英' })
    expect(key).toMatch(/^[0-9a-f]{32}$/)
    expect(new Submission('binding', store).key({ name: '王秀英' })).toBe(key)
  })

  it('takes another key for another content, and for another matter', () => {
    const store = storage()
    const submission = new Submission('binding', store)
    const key = submission.key({ name: '王秀英' })
    expect(submission.key({ name: '陈丽华' })).not.toBe(key)
    expect(new Submission('family', store).key({ name: '陈丽华' })).not.toBe(
      submission.key({ name: '陈丽华' }),
    )
  })

  it('stores nothing that tells what was written', () => {
    const store = storage()
    new Submission('binding', store).key({ id_number: '460100194303089022' })
    expect(store.getItem('submission:binding')).not.toContain('4601')
  })
})

function answers(problem: Problem | null) {
  return () => (problem ? Promise.reject(problem) : Promise.resolve({ data: { ok: true } }))
}

function refusal(status: number): Problem {
  return new Problem({ status, code: 'x', title: '不行' })
}

describe('submit', () => {
  it('drops the key once the server has given its verdict', async () => {
    const submission = new Submission('a', storage())
    const first = submission.key({})
    await submit(submission, {}, answers(null))
    const second = submission.key({})
    expect(second).not.toBe(first)
    await expect(submit(submission, {}, answers(refusal(422)))).rejects.toThrow('不行')
    expect(submission.key({})).not.toBe(second)
  })

  it('keeps it while nobody knows, or the matter is not decided', async () => {
    for (const status of [0, 401, 409, 429, 500, 503]) {
      const submission = new Submission('a', storage())
      const key = submission.key({})
      await expect(submit(submission, {}, answers(refusal(status)))).rejects.toThrow('不行')
      expect(submission.key({}), String(status)).toBe(key)
    }
  })
})
