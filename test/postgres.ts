// Vitest's globalSetup: one throwaway Postgres for the whole run. Test files take databases of it (test/database.ts).

import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startCluster } from '../db/server/cluster.ts'
import { terminalProgress } from '../db/server/progress.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Superuser URL of a server that the run may fill, break and forget. */
    databaseUrl: string
  }
}

// Durability is for data that matters. (synchronous_commit stays on: without it a commit reaches the WAL, and so the
// relay, up to 600 ms late.)
export const throwawaySettings = {
  fsync: 'off',
  full_page_writes: 'off',
  max_wal_size: '4GB',
  autovacuum_naptime: '10s',
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = await startCluster({
    dataDir: join(tmpdir(), `kith-test-${randomBytes(6).toString('hex')}`, 'data'),
    port: 0,
    settings: throwawaySettings,
    progress: terminalProgress(),
    temporary: true, // gone with this process, even when that is killed
  })
  project.provide('databaseUrl', cluster.url)
  return () => cluster.stop('immediate')
}
