import { log } from '../../log.ts'
import { flushTraces } from '../../trace.ts'

const GRACE_MS = 12_000

/**
 * Runs `work` until it ends or a signal asks for it: `signal` is aborted, `work` puts itself in order and resolves. The exit
 * code is 0 then, 1 after an error or when it takes too long.
 */
export async function runUntilSignal(name: string, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) return
      log.info(`${name} stopping`, { signal })
      stop.abort()
      setTimeout(() => {
        log.error(`${name} did not stop in time`, { grace_ms: GRACE_MS })
        process.exit(1)
      }, GRACE_MS).unref()
    })
  }
  try {
    await work(stop.signal)
    await flushTraces()
    process.exit(0)
  } catch (error) {
    log.error(`${name} failed`, { error: error as Error })
    process.exit(1)
  }
}
