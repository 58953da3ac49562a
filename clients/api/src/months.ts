import { chineseDate } from './format'

/** "2019-09", "2019-12" as 2019年9月至12月. */
export function monthSpan(from: string, to: string): string {
  if (from === to) return chineseDate(from)
  const sameYear = from.slice(0, 4) === to.slice(0, 4)
  return `${chineseDate(from)}至${sameYear ? chineseDate(to).replace(/^\d+年/, '') : chineseDate(to)}`
}

/** 494 months as 41年2个月. */
export function yearsAndMonths(months: number): string {
  const years = Math.floor(months / 12)
  const rest = months % 12
  return `${years ? `${years}年` : ''}${rest || !years ? `${rest}个月` : ''}`
}

/** The month that lies so many months after another: "2026-11" + 3 is "2027-02". */
export function monthsAfter(month: string, count: number): string {
  const [year, number] = month.split('-').map(Number) as [number, number]
  const total = year * 12 + number - 1 + count
  return `${Math.floor(total / 12)}-${String((total % 12) + 1).padStart(2, '0')}`
}

/** How many months `to` lies after `from`. */
export function monthsBetween(from: string, to: string): number {
  const [fromYear, fromMonth] = from.split('-').map(Number) as [number, number]
  const [toYear, toMonth] = to.split('-').map(Number) as [number, number]
  return (toYear - fromYear) * 12 + toMonth - fromMonth
}
