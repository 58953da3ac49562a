import { Problem } from '@shebao/api'

/** Does a change; when its object is no longer what one saw, shows it as it is now and says so. */
export async function orReload(reload: () => void, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (thrown) {
    if (!(thrown instanceof Problem) || thrown.status !== 409) throw thrown
    reload()
    throw new Problem({
      status: thrown.status,
      code: thrown.code,
      title: thrown.title,
      detail: '页面已刷新为最新状态，请核对后再办理。',
    })
  }
}
