// The relay as a process: until SIGTERM or SIGINT. Exit code 0 after an orderly end, 1 when it cannot run.

import { config } from '../config.ts'
import { runTimers } from '../jobs/timers.ts'
import { runRelay } from '../jobs/relay/relay.ts'
import { runUntilSignal } from './lib/process.ts'
import { workerUrl } from './lib/urls.ts'

await runUntilSignal('relay', async (signal) => {
  const url = workerUrl(config)
  await Promise.all([runRelay({ url, slot: config.RELAY_SLOT, signal }), runTimers({ url, signal })])
})
