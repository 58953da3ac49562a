import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'
import { compressed } from '../build/compress.ts'

export default defineConfig({
  base: '/m/',
  build: { target: 'es2020', assetsInlineLimit: 0 },
  plugins: [
    vue({ features: { optionsAPI: false } }),
    VitePWA({
      registerType: 'autoUpdate',
      injectRegister: false,
      manifest: {
        name: '电子社保',
        short_name: '电子社保',
        lang: 'zh-CN',
        start_url: '/m/',
        scope: '/m/',
        display: 'standalone',
        theme_color: '#0b5cad',
        background_color: '#f4f6f9',
        icons: [
          { src: 'icon-192.png', sizes: '192x192', type: 'image/png' },
          { src: 'icon-512.png', sizes: '512x512', type: 'image/png' },
          { src: 'icon-maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
        ],
      },
      // The shell only: what the API answers is about people and is never kept.
      workbox: {
        globPatterns: ['**/*.{js,css,html,svg,png}'],
        navigateFallback: '/m/index.html',
        runtimeCaching: [],
      },
    }),
    compressed(),
  ],
  server: { proxy: { '/api': 'http://127.0.0.1:8000' } },
})
