import { Problem } from '@shebao/api'
import { createRouter, createWebHistory, type RouteLocationRaw, type RouteRecordRaw } from 'vue-router'
import { MENU } from './menu'
import { can, loadMe } from './session'

declare module 'vue-router' {
  interface RouteMeta {
    title: string
    needs?: string | undefined
    /** Open to whoever is not signed in. */
    open?: boolean
  }
}

const places: RouteRecordRaw[] = MENU.flatMap((group) => group.places).map((place) => ({
  name: place.name,
  path: place.path,
  component: place.page,
  meta: { title: place.label, needs: place.needs },
}))

export const router = createRouter({
  history: createWebHistory('/console/'),
  routes: [
    { path: '/', name: 'start', redirect: () => ({ name: start() }) },
    {
      path: '/sign-in',
      name: 'sign-in',
      component: () => import('./pages/SignInPage.vue'),
      meta: { title: '登录', open: true },
    },
    {
      path: '/account',
      name: 'own-account',
      component: () => import('./pages/OwnAccountPage.vue'),
      meta: { title: '我的账号' },
    },
    {
      path: '/people/:id',
      name: 'person',
      component: () => import('./pages/PersonPage.vue'),
      props: true,
      meta: { title: '参保人档案', needs: 'people.open' },
    },
    ...places,
    {
      path: '/no-right',
      name: 'no-right',
      component: () => import('./pages/LostPage.vue'),
      meta: { title: '没有此项权限' },
    },
    {
      path: '/:rest(.*)*',
      name: 'lost',
      component: () => import('./pages/LostPage.vue'),
      meta: { title: '没有这个页面' },
    },
  ],
})

// Rights are read anew at every step, so that a change made elsewhere holds at the next click.
router.beforeEach(async (to) => {
  document.title = `${to.meta.title ?? ''} · 电子社保业务管理`
  return to.meta.open ? true : ((await detour(to.fullPath, to.name, to.meta.needs)) ?? true)
})

async function detour(
  path: string,
  name: unknown,
  needs: string | undefined,
): Promise<RouteLocationRaw | null> {
  try {
    const found = await loadMe()
    if (found.must_change_password && name !== 'own-account') return { name: 'own-account' }
    return needs && !can(needs) ? { name: 'no-right' } : null
  } catch (thrown) {
    const signedOut = thrown instanceof Problem && thrown.status === 401
    return signedOut ? { name: 'sign-in', query: { to: path } } : null
  }
}

/** The first place of the menu that is open to whoever is signed in. */
export function start(): string {
  const first = MENU.flatMap((group) => group.places).find((place) => !place.needs || can(place.needs))
  return first?.name ?? 'own-account'
}

/** The page that `query.to` asks to come back to: of this client only. */
export function backTo(to: unknown): string {
  return typeof to === 'string' && /^\/(?![/\\])/.test(to) ? to : '/'
}
