import { ref, watch } from 'vue'

const KEY = 'elder'

/** Elder mode (关怀模式): larger text and targets; remembered on this device. */
export const elder = ref(localStorage.getItem(KEY) === 'true')

watch(
  elder,
  (on) => {
    document.documentElement.classList.toggle('elder', on)
    localStorage.setItem(KEY, String(on))
  },
  { immediate: true },
)
