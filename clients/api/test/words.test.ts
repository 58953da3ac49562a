import { describe, expect, it } from 'vitest'
import { chineseDate, fenOf, moment, yuan } from '../src/format'
import { asProblem, problemOf, unanswered } from '../src/problem'

describe('format', () => {
  it('writes fen as yuan', () => {
    expect([0, 5, 123456, -123456, 100000000].map(yuan)).toEqual([
      '0.00',
      '0.05',
      '1,234.56',
      '−1,234.56',
      '1,000,000.00',
    ])
  })

  it('reads yuan as fen, and nothing that it would have to round', () => {
    const typed = ['0.1', '0.29', '1,234.5', ' 52000 ', '999999999999.99']
    expect(typed.map(fenOf)).toEqual([10, 29, 123450, 5200000, 99999999999999])
    for (const text of ['', '0', '0.00', '1.005', '-5', '1e3', '五元', '1.', '.5']) {
      expect(fenOf(text)).toBeUndefined()
    }
  })

  it('writes dates as people read them, moments in the bureau’s time', () => {
    expect([chineseDate('2026-03'), chineseDate('2026-03-05')]).toEqual(['2026年3月', '2026年3月5日'])
    expect(moment('2026-11-22T20:05:00Z')).toBe('2026-11-23 04:05')
  })
})

describe('Problem', () => {
  it('carries sentences by field', async () => {
    const said = {
      status: 422,
      code: 'invalid',
      title: '填写的内容有误',
      errors: [{ field: 'name', message: '请填写姓名' }],
    }
    const problem = await problemOf(new Response(JSON.stringify(said), { status: 422 }))
    expect([problem.status, problem.fields, problem.sentence]).toEqual([
      422,
      { name: '请填写姓名' },
      '请填写姓名',
    ])
  })

  it('says something useful when a proxy answered in the product’s place', async () => {
    const problem = await problemOf(
      new Response('<html>', { status: 502, headers: { 'X-Request-Id': 'r1' } }),
    )
    expect([problem.status, problem.title, problem.requestId]).toEqual([
      502,
      '服务暂时不可用，请稍后再试',
      'r1',
    ])
  })

  it('is made of anything that was thrown', () => {
    const problem = unanswered()
    expect(asProblem(problem)).toBe(problem)
    expect(asProblem(new TypeError('x')).title).toBe('页面出错了，请刷新后重试')
  })
})
