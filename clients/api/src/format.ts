/** 123456 fen as "1,234.56". */
export function yuan(fen: number): string {
  const cents = Math.abs(fen) % 100
  const whole = (Math.abs(fen) - cents) / 100
  const sign = fen < 0 ? '−' : ''
  const grouped = String(whole).replace(/\B(?=(\d{3})+$)/g, ',')
  return `${sign}${grouped}.${String(cents).padStart(2, '0')}`
}

/** What somebody typed in yuan as fen; undefined when it is no amount above zero with at most two decimals. */
export function fenOf(text: string): number | undefined {
  const [, whole, part = ''] = /^(\d{1,12})(?:\.(\d{1,2}))?$/.exec(text.replaceAll(/[,，\s]/g, '')) ?? []
  if (whole === undefined) return undefined
  return Number(whole) * 100 + Number(part.padEnd(2, '0')) || undefined
}

/** "2026-03" or "2026-03-05" as a person reads it: 2026年3月, 2026年3月5日. */
export function chineseDate(date: string): string {
  const [year, month, day] = date.split('-').map(Number)
  return `${year}年${month}月${day ? `${day}日` : ''}`
}

const SHANGHAI_MS = 8 * 3600 * 1000

/** An instant (ISO 8601) in the bureau's time, which knows no summer time: 2026-11-22 10:05. */
export function moment(instant: string): string {
  return new Date(Date.parse(instant) + SHANGHAI_MS).toISOString().slice(0, 16).replace('T', ' ')
}
