// The demo's live visitors, sent to the API on PORT until this is stopped. `--prepare` instead makes the tenant, its keys, its
// past and its definitions, for which a relay and a worker must run. bin/start.ts does both.

import { config } from '../config.ts'
import { connect } from '../db/client.ts'
import { terminalProgress } from '../db/server/progress.ts'
import { prepareDemo } from '../demo/prepare.ts'
import { ensureDemoTenant } from '../demo/seed.ts'
import { simulate } from '../demo/simulator.ts'

if (process.argv.includes('--prepare')) {
  if (!config.DATABASE_URL) throw new Error('Expected DATABASE_URL, the connection of the owner; it is not set.')
  const owner = connect(config.DATABASE_URL, { max: 2, name: 'kith demo' })
  try {
    await prepareDemo(owner, await ensureDemoTenant(owner), config.RELAY_SLOT, terminalProgress())
  } finally {
    await owner.end()
  }
} else {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort())
  await simulate(`http://localhost:${config.PORT}`, stop.signal)
}
