import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { compressed } from '../build/compress.ts'

export default defineConfig({
  base: '/console/',
  build: { target: 'es2022', assetsInlineLimit: 0, chunkSizeWarningLimit: 900 },
  plugins: [vue(), compressed()],
  server: { proxy: { '/api': 'http://127.0.0.1:8000' } },
})
