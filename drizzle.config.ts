import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'postgresql',
  schema: './db/schema/index.ts',
  out: './db/migrations',
  // Extensions and the job queue own their schemas; Drizzle looks at ours only.
  schemaFilter: ['public', 'ops'],
})
