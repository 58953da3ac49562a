import type { TagType } from '../words'

/** Days, as the API calls and names their states. */
export const DAY_STATES = {
  waiting: '待取对账文件',
  fetched: '对账中',
  differences: '有差异待处理',
  closed: '差异已处理完',
  clean: '核对一致',
} as const
export type DayState = keyof typeof DAY_STATES

export const DAY_TAGS: Record<string, TagType> = {
  waiting: 'warning',
  fetched: 'primary',
  differences: 'danger',
  closed: 'info',
  clean: 'success',
}

export const DIFFERENCE_STATES = { open: '待处理', mended: '已自动核平', resolved: '已人工处理' } as const
export type DifferenceState = keyof typeof DIFFERENCE_STATES

export const DIFFERENCE_TAGS: Record<string, TagType> = {
  open: 'danger',
  mended: 'success',
  resolved: 'info',
}

/** What can be wrong between a file and our records, the graver first. */
export const KINDS = {
  duplicate: '同一单号重复入账',
  extra: '渠道有、我方无',
  amount: '金额不一致',
  state: '状态不一致',
  too_old: '超过30日仍无结果',
  late: '入账日期不同',
  missing: '我方有、渠道无',
} as const
export type Kind = keyof typeof KINDS

/** What a clerk has to find out, by kind. */
export const KIND_HINTS: Record<string, string> = {
  duplicate: '对账文件中同一单号出现多次，款项可能付了两次。请向渠道核实，多付的须追回或由渠道冲正。',
  extra: '渠道有这笔入账，我方没有记录。请核实是否由我方发出，款项属于谁。',
  amount: '双方金额不同。系统不会自行改账，请凭回单核实以哪一方为准。',
  state: '双方对是否付出的记载相反。对账文件的结果已转告相关业务，仍不一致的请凭回单核实。',
  too_old: '渠道对30日前的单号已不答复查询，只能凭对账文件或回单确认。',
  late: '双方入账日期相差超过3日，请核实是否为同一笔款项。',
  missing: '我方记为已结算，渠道的对账文件中没有。请向渠道核实款项是否真的付出。',
}
