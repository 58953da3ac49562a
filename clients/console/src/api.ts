import { createApi } from '@shebao/api'
import { router } from './router'
import { forgetMe, loadMe } from './session'

/** The staff's API in this browser's session; whoever is signed out signs in and comes back. */
export const api = createApi('staff', () => {
  forgetMe()
  const here = router.currentRoute.value
  if (here.name !== 'sign-in') void router.replace({ name: 'sign-in', query: { to: here.fullPath } })
})

// A refusal means that somebody has changed one's rights meanwhile: the menu follows at once.
api.use({
  async onResponse({ response, schemaPath }) {
    if (response.status === 403 && schemaPath !== '/api/admin/v1/me') await loadMe().catch(() => undefined)
    return response
  },
})
