import {
  Bell,
  Collection,
  Connection,
  DataAnalysis,
  Document,
  Key,
  Money,
  OfficeBuilding,
  ScaleToOriginal,
  Search,
  SetUp,
  Stamp,
  User,
  Wallet,
} from '@element-plus/icons-vue'
import type { Component } from 'vue'

export interface Place {
  name: string
  path: string
  label: string
  icon: Component
  /** The function that opens it; without one it is open to all staff. */
  needs?: string
  page: () => Promise<unknown>
}

export interface Group {
  label: string
  places: readonly Place[]
}

/** Everything the console has, in the order of the menu. */
export const MENU: readonly Group[] = [
  {
    label: '工作台',
    places: [
      {
        name: 'inbox',
        path: '/inbox',
        label: '待办',
        icon: Bell,
        needs: 'tasks.work',
        page: () => import('./pages/InboxPage.vue'),
      },
      {
        name: 'approvals',
        path: '/approvals',
        label: '审批',
        icon: Stamp,
        page: () => import('./pages/ApprovalsPage.vue'),
      },
      {
        name: 'dashboard',
        path: '/dashboard',
        label: '概览',
        icon: DataAnalysis,
        needs: 'dashboard.read',
        page: () => import('./pages/DashboardPage.vue'),
      },
    ],
  },
  {
    label: '参保管理',
    places: [
      {
        name: 'people',
        path: '/people',
        label: '参保人',
        icon: Search,
        needs: 'people.search',
        page: () => import('./pages/PeoplePage.vue'),
      },
      {
        name: 'law',
        path: '/law',
        label: '政策参数',
        icon: Collection,
        needs: 'law.read',
        page: () => import('./pages/LawPage.vue'),
      },
    ],
  },
  {
    label: '资金管理',
    places: [
      {
        name: 'collections',
        path: '/collections',
        label: '收款管理',
        icon: Wallet,
        needs: 'collections.read',
        page: () => import('./pages/CollectionsPage.vue'),
      },
      {
        name: 'payouts',
        path: '/payouts',
        label: '拨付管理',
        icon: Money,
        needs: 'payouts.read',
        page: () => import('./pages/PayoutsPage.vue'),
      },
      {
        name: 'reconciliation',
        path: '/reconciliation',
        label: '对账',
        icon: ScaleToOriginal,
        needs: 'reconciliation.read',
        page: () => import('./pages/ReconciliationPage.vue'),
      },
    ],
  },
  {
    label: '机构与人员',
    places: [
      {
        name: 'staff',
        path: '/staff',
        label: '工作人员',
        icon: User,
        needs: 'staff.read',
        page: () => import('./pages/StaffPage.vue'),
      },
      {
        name: 'roles',
        path: '/roles',
        label: '岗位',
        icon: Key,
        page: () => import('./pages/RolesPage.vue'),
      },
      {
        name: 'agencies',
        path: '/agencies',
        label: '经办机构',
        icon: OfficeBuilding,
        page: () => import('./pages/AgenciesPage.vue'),
      },
    ],
  },
  {
    label: '监督与运行',
    places: [
      {
        name: 'audit',
        path: '/audit',
        label: '审计',
        icon: Document,
        needs: 'audit.read',
        page: () => import('./pages/AuditPage.vue'),
      },
      {
        name: 'jobs',
        path: '/jobs',
        label: '后台作业',
        icon: SetUp,
        needs: 'jobs.manage',
        page: () => import('./pages/JobsPage.vue'),
      },
      {
        name: 'systems',
        path: '/systems',
        label: '外部系统',
        icon: Connection,
        needs: 'systems.read',
        page: () => import('./pages/SystemsPage.vue'),
      },
    ],
  },
]
