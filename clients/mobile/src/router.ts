import { createRouter, createWebHistory, type RouteLocationRaw } from 'vue-router'
import { Problem } from '@shebao/api'
import { loadMe } from './session'

declare module 'vue-router' {
  interface RouteMeta {
    /** Open to everybody. */
    open?: boolean
    /** Open to whoever is signed in; everything else needs a proved name. */
    unbound?: boolean
    title: string
  }
}

export const router = createRouter({
  history: createWebHistory('/m/'),
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  routes: [
    {
      path: '/',
      name: 'home',
      component: () => import('./pages/HomePage.vue'),
      meta: { title: '首页', unbound: true },
    },
    {
      path: '/sign-in',
      name: 'sign-in',
      component: () => import('./pages/SignInPage.vue'),
      meta: { title: '登录', open: true },
    },
    {
      path: '/wechat',
      name: 'wechat',
      component: () => import('./pages/WeChatPage.vue'),
      meta: { title: '微信登录', open: true },
    },
    {
      path: '/consent',
      name: 'consent',
      component: () => import('./pages/ConsentPage.vue'),
      meta: { title: '个人信息处理告知', open: true },
    },
    {
      path: '/bind',
      name: 'bind',
      component: () => import('./pages/BindPage.vue'),
      meta: { title: '实名绑定', unbound: true },
    },
    {
      path: '/account',
      name: 'account',
      component: () => import('./pages/AccountPage.vue'),
      meta: { title: '我的账户' },
    },
    {
      path: '/account/years',
      name: 'years',
      component: () => import('./pages/YearsPage.vue'),
      meta: { title: '缴费历年' },
    },
    {
      path: '/account/months',
      name: 'months',
      component: () => import('./pages/MonthsPage.vue'),
      meta: { title: '缴费明细' },
    },
    {
      path: '/account/interest',
      name: 'interest',
      component: () => import('./pages/InterestPage.vue'),
      meta: { title: '历年利息' },
    },
    {
      path: '/estimate',
      name: 'estimate',
      component: () => import('./pages/EstimatePage.vue'),
      meta: { title: '养老金估算' },
    },
    {
      path: '/statement',
      name: 'statement',
      component: () => import('./pages/StatementPage.vue'),
      meta: { title: '权益记录单' },
    },
    {
      path: '/family',
      name: 'family',
      component: () => import('./pages/FamilyPage.vue'),
      meta: { title: '家人代办' },
    },
    {
      path: '/family/ask',
      name: 'family-ask',
      component: () => import('./pages/FamilyAskPage.vue'),
      meta: { title: '申请代办' },
    },
    {
      path: '/messages',
      name: 'messages',
      component: () => import('./pages/MessagesPage.vue'),
      meta: { title: '消息' },
    },
    {
      path: '/me',
      name: 'me',
      component: () => import('./pages/MePage.vue'),
      meta: { title: '我的', unbound: true },
    },
    {
      path: '/me/log',
      name: 'log',
      component: () => import('./pages/AccessLogPage.vue'),
      meta: { title: '谁查看了我的信息' },
    },
    {
      path: '/me/devices',
      name: 'devices',
      component: () => import('./pages/DevicesPage.vue'),
      meta: { title: '登录方式与设备' },
    },
    {
      path: '/:rest(.*)*',
      name: 'lost',
      component: () => import('./pages/LostPage.vue'),
      meta: { title: '没有这个页面', open: true },
    },
  ],
})

router.beforeEach(async (to) => {
  document.title = `${to.meta.title} · 电子社保`
  if (to.meta.open) return true
  return (await detour(to.fullPath, to.meta.unbound ?? false)) ?? true
})

/** Where somebody must go first; undefined when they may go on. Without an answer the page itself says so. */
async function detour(path: string, unbound: boolean): Promise<RouteLocationRaw | undefined> {
  try {
    const found = await loadMe()
    return found.person || unbound ? undefined : { name: 'bind', query: { to: path } }
  } catch (thrown) {
    const signedOut = thrown instanceof Problem && thrown.status === 401
    return signedOut ? { name: 'sign-in', query: { to: path } } : undefined
  }
}

/** The page that `query.to` asks to come back to: of this client only. */
export function backTo(to: unknown): string {
  return typeof to === 'string' && /^\/(?![/\\])/.test(to) ? to : '/'
}
