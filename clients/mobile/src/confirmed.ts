import 'vant/es/overlay/index.css'
import 'vant/es/popup/index.css'
import 'vant/es/button/index.css'
import 'vant/es/dialog/index.css'
import { showConfirmDialog } from 'vant'

/** Whether the person says yes to something that cannot be undone at once. */
export async function confirmed(title: string, message: string): Promise<boolean> {
  try {
    await showConfirmDialog({ title, message, confirmButtonText: '确定', cancelButtonText: '取消' })
    return true
  } catch {
    return false // they said no
  }
}
