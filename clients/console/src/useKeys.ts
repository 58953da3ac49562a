import { onBeforeUnmount, onMounted } from 'vue'

const TYPING = 'input, textarea, select, [contenteditable], [role=dialog]'
const PRESSABLE = 'a, button'

/** Single keys that do something while nobody types; one that does something is not passed on. */
export function useKeys(keys: Record<string, () => void>): void {
  function pressed(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return
    const target = event.target instanceof Element ? event.target : document.body
    if (target.closest(TYPING) || (event.key === 'Enter' && target.closest(PRESSABLE))) return
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key]
    if (!act) return
    event.preventDefault()
    act()
  }

  onMounted(() => addEventListener('keydown', pressed))
  onBeforeUnmount(() => removeEventListener('keydown', pressed))
}
