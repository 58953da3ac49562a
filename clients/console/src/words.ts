/** What the states of approvals are called, and how they are coloured. */
export const STATES: Record<string, string> = {
  pending: '待审批',
  approved: '已通过',
  rejected: '已退回',
  withdrawn: '已撤回',
}

export type TagType = 'primary' | 'success' | 'warning' | 'danger' | 'info'

export const STATE_TAGS: Record<string, TagType> = {
  pending: 'warning',
  approved: 'success',
  rejected: 'danger',
  withdrawn: 'info',
}

/** What clerks most often open a record for; another purpose may be written instead. */
export const PURPOSES = [
  '窗口业务办理',
  '资料核对',
  '待遇审核',
  '稽核检查',
  '信访投诉处理',
  '司法协助',
] as const

export const CATEGORIES = {
  employee: '单位职工',
  flexible: '灵活就业人员',
  resident: '城乡居民',
  pensioner: '职工养老待遇领取人员',
  resident_pensioner: '居民养老待遇领取人员',
} as const
export type Category = keyof typeof CATEGORIES
