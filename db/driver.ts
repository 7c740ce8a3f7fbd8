/**
 * postgres.js 3.4.9 with three repairs, made while it is loaded. Without them a connection that breaks at the wrong moment
 * ends the process, where the statement on it should have failed and the next one reconnected:
 *
 * - it writes to the socket that has just been taken away (its issues 1154 and 1208);
 * - what was left to write reaches whoever gets the connection next, or nothing is ever written on it again;
 * - its own first query, for the array types, rejects with nobody there to catch.
 *
 * Import it from here, never from 'postgres'. db/driver.test.ts breaks connections until it would have shown.
 */
import { createRequire, registerHooks } from 'node:module'
import type { default as Postgres } from 'postgres'

const REPAIRS: [broken: string, mended: string][] = [
  [
    'const x = socket.write(chunk, fn)',
    `if (socket === null) {
      chunk = nextWriteTimer = null
      error(Errors.connection('CONNECTION_CLOSED', options, socket))
      return false
    }
    const x = socket.write(chunk, fn)`,
  ],
  ['    clearImmediate(nextWriteTimer)\n', '    clearImmediate(nextWriteTimer)\n    chunk = nextWriteTimer = null\n'],
  ['return fetchArrayTypes()', 'return fetchArrayTypes().catch(() => {})'],
]

const hooks = registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    if (!url.endsWith('/postgres/cjs/src/connection.js')) return loaded
    return { ...loaded, source: repair(String(loaded.source)) }
  },
})
// The CommonJS build: nobody else has loaded that one, unmended, before us.
const postgres = createRequire(import.meta.url)('postgres') as typeof Postgres
hooks.deregister()

function repair(source: string): string {
  let text = source
  for (const [broken, mended] of REPAIRS) {
    if (!text.includes(broken))
      throw new Error(`postgres.js has changed: is db/driver.ts still needed for "${broken.trim()}"?`)
    text = text.replaceAll(broken, mended)
  }
  return text
}

export default postgres
