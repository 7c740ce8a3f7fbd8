// A worker as a process: until SIGTERM or SIGINT. Exit code 0 after an orderly end, 1 when it cannot run.

import { pull } from '../api/postgres-source/pull.ts'
import { config } from '../config.ts'
import { backfill } from '../engine/backfill.ts'
import { withoutErased } from '../engine/identity/index.ts'
import { keepIndex } from '../engine/model/indexes.ts'
import { react } from '../engine/react.ts'
import { reapply, recompute } from '../engine/recompute.ts'
import { refreshAudience } from '../engine/segments/audience-bits.ts'
import { replay } from '../engine/replay.ts'
import type { Engine } from '../jobs/engine.ts'
import { runTimers } from '../jobs/timers.ts'
import { runWorker } from '../jobs/worker.ts'
import { runUntilSignal } from './lib/process.ts'
import { workerUrl } from './lib/urls.ts'

await runUntilSignal('worker', async (signal) => {
  const url = workerUrl(config)
  const keepIndexes: Engine['keepIndex'] = (sql, tenant, field) => keepIndex(sql, tenant, field, config.DATABASE_URL)
  const engine = {
    react,
    keepIndex: keepIndexes,
    withoutErased,
    backfill,
    refreshAudience,
    recompute,
    reapply,
    replay,
    pull,
  }
  const { WORKER_CONCURRENCY: concurrency, WORKER_DEAD_AFTER_S: deadAfterSeconds } = config
  await Promise.all([runWorker({ url, signal, engine, concurrency, deadAfterSeconds }), runTimers({ url, signal })])
})
