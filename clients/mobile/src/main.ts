import 'vant/es/style/base.css'
import './style/tokens.css'
import './style/base.css'
import './style/parts.css'
import './elder'
import { createApp } from 'vue'
import App from './App.vue'
import { router } from './router'

createApp(App).use(router).mount('#app')

// The shell for weak networks. Where it cannot be had (plain http, some WeChat versions) the page works without.
if ('serviceWorker' in navigator) {
  addEventListener('load', () => {
    navigator.serviceWorker.register('/m/sw.js').catch(() => undefined)
  })
}
