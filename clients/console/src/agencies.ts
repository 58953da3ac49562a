import { type Schemas, take } from '@shebao/api'
import { api } from './api'

export type Agency = Schemas['AgencyAnswer']

export interface AgencyNode extends Agency {
  children: AgencyNode[]
}

/** All agencies as a tree. Throws its Problem. */
export async function agencyTree(): Promise<AgencyNode[]> {
  const { items } = await take(api.GET('/api/admin/v1/agencies'))
  const nodes = new Map(items.map((one) => [one.agency_id, { ...one, children: [] as AgencyNode[] }]))
  const roots: AgencyNode[] = []
  for (const node of nodes.values()) {
    const parent = node.parent_id ? nodes.get(node.parent_id) : undefined
    ;(parent?.children ?? roots).push(node)
  }
  return roots
}
