import { defineConfig } from 'vite'

// `npm run console -- --dev` serves the sources with the API of a running Kith behind them.
const api = process.env.KITH_API ?? 'http://127.0.0.1:4000'

export default defineConfig({
  root: import.meta.dirname,
  publicDir: 'public',
  build: {
    target: 'es2023',
    outDir: 'dist',
    emptyOutDir: true,
    // The policy of api/static allows no data: fonts or scripts, and a file of its own is cached for good.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: { '/graphql': api, '/v1': api, '/healthz': api, '/readyz': api } },
})
