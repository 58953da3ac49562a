import { describe, expect, it } from 'vitest'
import { monthsAfter, monthsBetween, monthSpan, yearsAndMonths } from '../src/months'

describe('months', () => {
  it('says a span without saying the year twice', () => {
    expect(monthSpan('2019-09', '2019-12')).toBe('2019年9月至12月')
    expect(monthSpan('2019-09', '2020-01')).toBe('2019年9月至2020年1月')
    expect(monthSpan('2019-09', '2019-09')).toBe('2019年9月')
  })

  it('says a number of months in years', () => {
    expect([0, 11, 12, 494].map(yearsAndMonths)).toEqual(['0个月', '11个月', '1年', '41年2个月'])
  })

  it('counts over the turn of a year, both ways', () => {
    expect(monthsAfter('2026-11', 3)).toBe('2027-02')
    expect(monthsAfter('2027-02', -3)).toBe('2026-11')
    expect(monthsBetween('2026-11', '2027-02')).toBe(3)
    expect(monthsBetween('2027-02', '2026-11')).toBe(-3)
  })
})
