// A worker as a process: until SIGTERM or SIGINT. Exit code 0 after an orderly end, 1 when it cannot run.

import { config } from '../config.ts'
import { runFollowers } from '../jobs/followers.ts'
import { runTimers } from '../jobs/timers.ts'
import { runWorker } from '../jobs/worker.ts'
import { engineOf, follower } from './lib/engine.ts'
import { runUntilSignal } from './lib/process.ts'
import { workerUrl } from './lib/urls.ts'

await runUntilSignal('worker', async (signal) => {
  const url = workerUrl(config)
  const engine = engineOf(config.DATABASE_URL)
  const { WORKER_CONCURRENCY: concurrency, WORKER_DEAD_AFTER_S: deadAfterSeconds } = config
  await Promise.all([
    runWorker({ url, signal, engine, concurrency, deadAfterSeconds }),
    runTimers({ url, signal }),
    runFollowers({ url, signal, follower }),
  ])
})
