import type { TagType } from '../words'

/** The states of a payout in the order in which clerks care about them, as the API calls and names them. */
export const STATES = {
  awaiting_approval: '待放行',
  in_progress: '拨付中',
  manual: '待核实',
  failed: '拨付失败',
  returned: '已退回',
  paid: '已到账',
  cancelled: '已取消',
} as const
export type State = keyof typeof STATES

export const STATE_TAGS: Record<string, TagType> = {
  awaiting_approval: 'warning',
  in_progress: 'primary',
  manual: 'danger',
  failed: 'danger',
  returned: 'danger',
  paid: 'success',
  cancelled: 'info',
}

export const ATTEMPT_TAGS: Record<string, TagType> = {
  waiting: 'info',
  sending: 'primary',
  accepted: 'primary',
  unknown: 'warning',
  manual: 'danger',
  failed: 'danger',
  returned: 'danger',
  paid: 'success',
  cancelled: 'info',
}

/** What nobody has to do anything about, by state. */
export const NOTHING_TO_DO: Record<string, string> = {
  awaiting_approval: '等待放行；放行前款项不会发出。',
  in_progress: '正在拨付，系统会自动查询结果，不必人工处理。',
  manual: '等待有权限的人员核实结果。',
  failed: '等待有权限的人员处理。',
  returned: '等待有权限的人员处理。',
  paid: '款项已到账，不需要再办理。',
  cancelled: '已取消，金额已转回基金。',
}

/** What to do about a case, where its name alone does not say so. */
export const CASE_HINTS: Record<string, string> = {
  amount_differs: '请向渠道索取交易明细，按实际结果核定。',
  returned: '请与参保人核对卡号和户名，更正发放卡后重新拨付。',
  number_conflict: '请凭银行回单核定这一单号的结果，核定前不会再发。',
  too_old_to_ask: '渠道已查不到，请凭银行回单或对账单核定。',
  lost_by_provider: '请联系渠道核实，凭回单核定，切勿另行付款。',
  no_answer: '请联系渠道核实，凭回单核定，切勿另行付款。',
  paid_after_all: '请核对是否已另行付款，避免重复支付。',
  failed_after_paid: '请凭银行回单核实款项是否到账。',
  failed_payee: '请与参保人核对，更正发放卡后重新拨付。',
  failed_blocked: '请参保人联系其开户银行解除限制，或更换发放卡后重新拨付。',
  failed_limit: '额度恢复后可以重新拨付。',
  failed_busy: '稍后可以重新拨付。',
  failed_balance: '渠道账户充值后可以重新拨付。',
  failed_rejected: '请查明渠道代码所示原因后，重新拨付或取消。',
}
