import { chineseDate, monthsAfter, monthsBetween, type Schemas, yearsAndMonths, yuan } from '@shebao/api'

export type Outlook = Schemas['OutlookAnswer']
export type Guess = Schemas['EstimateAnswer']['assumption']

/** An outlook as the page shows it, under one guess at what wages will do. */
export function view(found: Outlook, guess: Guess) {
  const estimate = found.estimates.find((one) => one.assumption === guess)
  return {
    ...limits(found),
    amount: estimate && amount(estimate, found.plan.retiring),
    guesses: found.estimates.map((one) => ({ value: one.assumption, label: one.label })),
    woman: found.retirement.category !== 'male-60',
    category: found.retirement.category,
    figures: [
      { label: '比原年龄延迟', of: found.retirement.delay },
      { label: '距最低年限还差（今天）', of: found.missing_today },
      { label: '缴到退休时还差', of: found.missing },
    ],
    rows: [
      { label: '法定退休', text: chineseDate(found.retirement.statutory) },
      { label: '最早', text: chineseDate(found.retirement.earliest) },
      { label: '最晚', text: chineseDate(found.retirement.latest) },
      { label: '已缴费', text: yearsAndMonths(found.months_paid) },
    ],
    notes: found.notes,
  }
}

/** What may be wished for, and what is assumed while nothing is. */
function limits({ retirement, shift, plan, base_floor, base_ceiling }: Outlook) {
  return {
    shift,
    shiftText: shiftText(retirement.statutory, shift),
    earliest: monthsBetween(retirement.statutory, retirement.earliest),
    latest: monthsBetween(retirement.statutory, retirement.latest),
    base: plan.base,
    baseText: `${yuan(plan.base)} 元`,
    floor: base_floor,
    ceiling: base_ceiling,
  }
}

function amount(estimate: Schemas['EstimateAnswer'], retiring: string) {
  return {
    today: yuan(estimate.in_todays_wages),
    later: `${chineseDate(retiring)}退休时账面约 ${yuan(estimate.total)} 元`,
    provisional: estimate.provisional,
    explain: estimate.explain,
    assumed: `假设工资每年增长 ${percent(estimate.wage_growth)}，个人账户记账利率 ${percent(estimate.account_interest)}。`,
    parts: [
      { label: '基础养老金', hint: '由统筹基金发', text: yuan(estimate.basic) },
      { label: '个人账户养老金', hint: '由个人账户发', text: yuan(estimate.personal) },
      { label: '过渡性养老金', hint: '1998年以前的工龄', text: yuan(estimate.transitional) },
      { label: '合计', hint: '', text: yuan(estimate.total) },
    ],
  }
}

function shiftText(statutory: string, months: number): string {
  const when = chineseDate(monthsAfter(statutory, months))
  if (!months) return `${when}（法定年龄）`
  return `${when}（${months < 0 ? '提前' : '延后'}${yearsAndMonths(Math.abs(months))}）`
}

function percent(rate: string): string {
  return `${Number((Number(rate) * 100).toFixed(2))}%`
}
