import { defineConfig } from 'vitest/config'

export default defineConfig({
  // As Node resolves them, without vite's `development`: graphql would be there twice, once for us and once for yoga.
  ssr: { resolve: { conditions: ['node', 'module-sync'] } },
  test: {
    include: ['**/*.test.ts'],
    exclude: ['node_modules/**', '.tools/**', '.kith/**'],
    globalSetup: ['test/postgres.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 90_000,
    hookTimeout: 120_000,
  },
})
