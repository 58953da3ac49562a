/** 123456 fen as "1,234.56". */
export function yuan(fen: number): string {
  const cents = Math.abs(fen) % 100
  const whole = (Math.abs(fen) - cents) / 100
  const sign = fen < 0 ? '−' : ''
  return `${sign}${whole.toLocaleString('en-US')}.${String(cents).padStart(2, '0')}`
}

/** "2026-03" or "2026-03-05" as a person reads it: 2026年3月, 2026年3月5日. */
export function chineseDate(date: string): string {
  const [year, month, day] = date.split('-').map(Number)
  return `${year}年${month}月${day ? `${day}日` : ''}`
}

const MOMENT = new Intl.DateTimeFormat('zh-CN', {
  timeZone: 'Asia/Shanghai',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
})

/** An instant (ISO 8601) in the bureau's time: 2026-11-22 10:05. */
export function moment(instant: string): string {
  return MOMENT.format(new Date(instant)).replaceAll('/', '-')
}
