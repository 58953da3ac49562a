import type { TagType } from '../words'

/** Kinds of collections that clerks ask for themselves; others are known once there is one. */
export const KINDS = { counter_bill: '窗口核定缴费' } as const

/** The states of a collection in the order in which money goes, as the API calls and names them. */
export const STATES = {
  open: '待缴费',
  paid: '已缴费，待入账',
  booked: '已入账',
  refunded: '已退款',
  withdrawn: '已撤回',
} as const
export type State = keyof typeof STATES

export const STATE_TAGS: Record<string, TagType> = {
  open: 'primary',
  paid: 'warning',
  booked: 'success',
  refunded: 'info',
  withdrawn: 'info',
}

export const ORDER_TAGS: Record<string, TagType> = {
  opening: 'primary',
  open: 'primary',
  closing: 'warning',
  paid: 'success',
  closed: 'info',
}

export const USE_TAGS: Record<string, TagType> = {
  applied: 'success',
  duplicate: 'warning',
  stray: 'warning',
}

export const REFUND_TAGS: Record<string, TagType> = {
  requested: 'primary',
  refunded: 'success',
  cancelled: 'info',
}

/** What happens by itself, by state. */
export const NOTHING_TO_DO: Record<string, string> = {
  open: '等待参保人在手机上缴费，付款后系统自动记入。',
  paid: '已付款，系统在向税务查询入库凭证，取得后自动入账。',
  booked: '已入账，不需要再办理。',
  refunded: '款项已退回付款人，不需要再办理。',
  withdrawn: '已撤回；若仍有人付款，系统自动原路退回。',
}

/** Why a person must look, as the API calls and names it. */
export const CASES = {
  amount_differs: '付款金额与订单不一致',
  number_conflict: '订单号在支付渠道已被另一笔占用',
  paid_twice_on_one_order: '同一订单出现两笔付款',
  reference_used_twice: '同一笔付款对应两个订单',
  not_paid_after_all: '已付款的订单，支付渠道又称未付',
  refunded_elsewhere: '支付渠道已退款，我方没有退款记录',
  return_cancelled: '多收款项的退回被取消',
  second_receipt: '税务给出了另一个凭证号',
  receipt_refused: '税务不认可这笔缴费',
  receipt_late: '缴费两天仍未入库',
} as const
export type Case = keyof typeof CASES

/** What a clerk has to find out, by case. */
export const CASE_HINTS: Record<Case, string> = {
  amount_differs:
    '付来的款项没有用于本单，也没有自动退回。请凭微信支付的交易明细核实付了多少，再申请退款，请参保人重新缴费。',
  number_conflict: '这个订单号在微信支付属于另一笔交易。请向微信支付核实那笔交易是谁付的、付给谁。',
  paid_twice_on_one_order: '第二笔付款没有记入。请向微信支付索取两笔交易的明细，核实两笔是否都已到账。',
  reference_used_twice:
    '同一个交易号已记在另一个订单上，这个订单没有记为已付。请凭交易明细核实款项属于哪一单。',
  not_paid_after_all: '请向微信支付核实这笔交易是否成功、款项是否到账。查明前不要退款。',
  refunded_elsewhere: '请在微信支付商户平台查明是谁退的款、退了多少。查明前不要再申请退款，以免退两次。',
  return_cancelled: '不该收的款项仍在我方账上。请查明退回为什么取消，再对这笔付款重新申请退款。',
  second_receipt: '系统保留第一个凭证号。请与税务核对以哪一个为准，是否重复入库。',
  receipt_refused: '款项已收，尚未入账。请向税务查明不认可的原因；能补正的补正后再次查询，不能的申请退款。',
  receipt_late: '款项已收，尚未入账，系统仍在查询。请向税务核实是否收到这笔缴费，卡在哪一步。',
}
