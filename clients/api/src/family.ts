/** What somebody is to oneself. */
export const RELATIONS = {
  spouse: '配偶',
  parent: '父母',
  child: '子女',
  grandparent: '祖父母、外祖父母',
  grandchild: '孙子女、外孙子女',
  sibling: '兄弟姐妹',
  other: '其他亲属',
} as const

/** What a helper may do. */
export const SCOPES = {
  look: '查看账户和记录',
  certify: '协助资格认证',
  pay: '代缴保险费',
} as const

/** Where a delegation stands. */
export const DELEGATION_STATES = {
  requested: '待确认',
  active: '有效',
  refused: '未同意',
  ended: '已结束',
  expired: '已到期',
} as const

export type Relation = keyof typeof RELATIONS
export type Scope = keyof typeof SCOPES
