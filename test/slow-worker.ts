// A worker whose jobs never end, to be killed by worker.test.ts.
import { runWorker } from '../jobs/worker.ts'

const forever = () => new Promise<never>(() => setInterval(() => {}, 1000))
await runWorker({
  url: process.env.URL!,
  signal: new AbortController().signal,
  engine: {
    react: forever,
    withoutErased: forever,
    backfill: forever,
    refreshAudience: forever,
    keepIndex: forever,
    recompute: forever,
    reapply: forever,
    replay: forever,
    pull: forever,
  },
})
