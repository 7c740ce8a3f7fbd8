// `npm start`: a database, its migrations, the three processes of Kith, and the demo, until Ctrl-C.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isLoopback } from '../api/auth/demo.ts'
import { config } from '../config.ts'
import { type Client, connect } from '../db/client.ts'
import { checkServer } from '../db/server/check.ts'
import { findFreePort } from '../db/server/port.ts'
import { terminalProgress } from '../db/server/progress.ts'
import { prepareDemo } from '../demo/prepare.ts'
import { ensureDemoTenant, isSeeded } from '../demo/seed.ts'
import { keepRunning, runOnce, type Service } from './lib/children.ts'
import { keepPostgres } from './lib/embedded.ts'
import { dataDir, urlFile } from './lib/running.ts'

const POSTGRES_PORT = 54_329
const READY_TIMEOUT_MS = 60_000

interface Database {
  url: string
  /** Resolves, with the reason, when the database has gone away by itself. */
  lost: Promise<string>
  stop(): Promise<void>
}

let stopping = false

// The first signal asks for an orderly end, once there is something to end; any other ends us here and now, and our
// children and Postgres notice that by themselves (lib/leash.ts, db/server/guard.ts).
let onSignal = (): void => process.exit(130)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => onSignal())
// A closed terminal is no reason to skip the orderly end.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
// npm passes a SIGTERM on to a shell that dies of it without telling us.
if (process.env.npm_lifecycle_event) watchParent()

main().then(
  (exitCode) => process.exit(exitCode),
  (error: Error) => {
    console.error(`kith: ${error.message}`)
    process.exit(1)
  },
)

function watchParent(): void {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    onSignal()
  }, 500).unref()
}

async function main(): Promise<number> {
  const database = config.DATABASE_URL ? await useServer(config.DATABASE_URL) : await useEmbedded()
  const services: Service[] = []
  try {
    const port = await apiPort()
    const api = `http://${reachableHost()}:${port}`
    const env = { DATABASE_URL: database.url, PORT: String(port) }
    const consoleBuilt = runOnce('console', {})
    if (!(await runOnce('migrate', env))) {
      console.error('kith: the migrations failed (see above); nothing else was started')
      return 1
    }
    // Before the API is there: whoever waits for /readyz may use the demo's keys at once.
    const demo = isLoopback(config.HOST) ? await asOwner(database.url, findDemo) : undefined
    if (!(await consoleBuilt)) console.error('kith: the console could not be built (see above); all else starts')
    const stopRequest = new Promise<'asked'>((asked) => {
      onSignal = () => asked('asked')
    })
    const run = (name: string) => {
      if (!stopping) services.push(keepRunning(name, env))
    }
    run('relay')
    run('worker')
    void openShop(api, database, demo, run)

    const reason = await Promise.race([stopRequest, database.lost])
    console.error(reason === 'asked' ? '\nkith: stopping (once more to stop at once)' : `kith: ${reason}; stopping`)
    return reason === 'asked' ? 0 : 1
  } finally {
    stopping = true
    onSignal = () => process.exit(130)
    await Promise.all(services.map((service) => service.stop()))
    await database.stop()
  }
}

// Found out now, and not by an API that fails again and again.
async function apiPort(): Promise<number> {
  const port = await findFreePort(config.PORT)
  if (config.PORT === 0 || port === config.PORT) return port
  throw new Error(`port ${config.PORT} is taken by another program: stop that, or choose another (PORT=4001 npm start)`)
}

async function useServer(url: string): Promise<Database> {
  const problems = await checkServer(url)
  if (problems.length > 0) {
    throw new Error(`the server of DATABASE_URL cannot carry Kith yet:\n${problems.map((p) => `  - ${p}`).join('\n')}`)
  }
  // A lost connection to somebody's server is for each process to survive, not for us to end.
  return { url, lost: new Promise(() => {}), stop: async () => {} }
}

async function useEmbedded(): Promise<Database> {
  const { url, lost, stop } = await keepPostgres(dataDir, POSTGRES_PORT, terminalProgress())
  mkdirSync(dirname(urlFile), { recursive: true })
  writeFileSync(urlFile, `${url}\n`, { mode: 0o600 })
  return {
    url,
    lost,
    async stop() {
      rmSync(urlFile, { force: true })
      await stop()
    },
  }
}

interface Demo {
  tenant: string
  isComplete: boolean
}

async function findDemo(owner: Client): Promise<Demo> {
  const tenant = await ensureDemoTenant(owner)
  return { tenant, isComplete: await isSeeded(owner, tenant) }
}

// The API last, the first time: who waits for /readyz finds the demo complete, and nothing in front of him in the queue.
async function openShop(
  api: string,
  database: Database,
  demo: Demo | undefined,
  run: (name: string) => void,
): Promise<void> {
  if (demo && !demo.isComplete) {
    const progress = terminalProgress()
    await asOwner(database.url, (owner) => prepareDemo(owner, demo.tenant, config.RELAY_SLOT, progress)).catch(
      (error: Error) => stopping || console.error(`kith: the demo could not be made ready: ${error.message}`),
    )
  }
  run('api')
  const ready = await isReady(api)
  if (stopping) return
  if (!ready) return console.error(`kith: ${api}/readyz is not well; the lines above may say why`)
  console.log(demo ? demoWelcome(api, database) : plainWelcome(api))
  if (demo && config.KITH_DEMO === '1') run('demo')
}

async function asOwner<T>(url: string, work: (owner: Client) => Promise<T>): Promise<T> {
  const owner = connect(url, { max: 2, name: 'kith start' })
  try {
    return await work(owner)
  } finally {
    await owner.end({ timeout: 5 })
  }
}

async function isReady(api: string): Promise<boolean> {
  for (const deadline = Date.now() + READY_TIMEOUT_MS; Date.now() < deadline && !stopping; await sleep(100)) {
    const ready = await fetch(`${api}/readyz`).then(
      (response) => response.ok,
      () => false,
    )
    if (ready) return true
  }
  return false
}

// Where we reach ourselves: HOST, or localhost when that is all addresses.
function reachableHost(): string {
  if (isLoopback(config.HOST) || ['0.0.0.0', '::', ''].includes(config.HOST)) return 'localhost'
  return config.HOST.includes(':') ? `[${config.HOST}]` : config.HOST
}

function plainWelcome(api: string): string {
  return `
  Kith is running. Ctrl-C stops it.

    Console    ${api}
    GraphQL    ${api}/graphql

    There is no demo, as HOST is not loopback. A tenant and its keys: npm run tenant
`
}

function demoWelcome(api: string, database: Database): string {
  const server = new URL(database.url)
  return `
  Kith is running. Ctrl-C stops it.

    Console    ${api}
    GraphQL    ${api}/graphql
    Postgres   ${server.host}${server.pathname}   (npm run psql)

    Demo keys  demo-write (send events), demo-read (query), demo-admin (define)
    Sign in    owner@demo.example, password demo-owner; marketer, analyst, operator, developer likewise

  Three things to try

    1. Watch people enter segments, as it happens (leave it running):

       curl -N ${api}/graphql -H 'authorization: Bearer demo-read' -H 'accept: text/event-stream' \\
         -H 'content-type: application/json' -d '{"query": "subscription { segmentEntered { at segment { key } profile { id } } }"}'

    2. In another terminal, send an event: Ada looks at the prices, and 30 seconds later she does not any more.

       curl ${api}/v1/track -u demo-write: -H 'content-type: application/json' \\
         -d '{"userId": "ada", "event": "Pricing Viewed"}'

    3. Make her a VIP with plain SQL; the subscription does not care which door it came through.

       npm run psql -- -c "INSERT INTO orders (tenant_id, user_id, amount, currency, placed_at)
         SELECT id, 'ada', 1200, 'EUR', now() FROM tenants WHERE slug = 'demo'"
`
}
