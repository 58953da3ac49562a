import { createApi } from '@shebao/api'
import { router } from './router'
import { forgetMe } from './session'

/** The citizens' API in this browser's session; whoever is signed out signs in and comes back. */
export const api = createApi('citizen', () => {
  forgetMe()
  const here = router.currentRoute.value
  if (here.meta.open) return
  void router.replace({ name: 'sign-in', query: { to: here.fullPath } })
})
