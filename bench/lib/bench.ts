/**
 * What a part gets to measure with: a Postgres that keeps its promises (fsync on, the settings of every Kith server), a
 * database of its own, Kith's processes on it, and helpers. Everything is gone when the part is done.
 */
import { createHash, randomBytes } from 'node:crypto'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, connect } from '../../db/client.ts'
import { migrate } from '../../db/migrate.ts'
import { roleUrl } from '../../db/roles.ts'
import { type Cluster, startCluster } from '../../db/server/cluster.ts'
import { findFreePort } from '../../db/server/port.ts'
import type { Progress } from '../../db/server/progress.ts'
import type { TestDatabase } from '../../test/database.ts'
import { alternated, type AlternatedOptions, type Comparison, type Side } from './alternated.ts'

const root = join(import.meta.dirname, '../..')
const READY_TIMEOUT_MS = 30_000
const GRACE_MS = 15_000

/** A database of the part's own, migrated, with a client per role. */
export type BenchDatabase = TestDatabase

export type BenchProcess = {
  /** Of the API; 0 for the others. */
  port: number
  child: ChildProcess
  /** SIGTERM, and SIGKILL 15 s later; resolves when it is gone. */
  stop(): Promise<void>
}

export class Bench {
  /** True with --quick: small sizes, to see whether the part works; nothing is written down. */
  readonly quick: boolean
  readonly cluster: Cluster
  readonly #progress: Progress
  readonly #name: string
  readonly #cleanups: (() => Promise<unknown>)[] = []

  constructor(name: string, cluster: Cluster, { quick, progress }: { quick: boolean; progress: Progress }) {
    this.#name = name
    this.cluster = cluster
    this.quick = quick
    this.#progress = progress
  }

  /** The folder of psql, pg_recvlogical and the others. */
  get bin(): string {
    return this.cluster.bin
  }

  /** `full` rows in earnest, `quick` with --quick. */
  size(full: number, quick: number): number {
    return this.quick ? quick : full
  }

  /** A line that stays. */
  say(line: string): void {
    this.#progress.say(`  ${this.#name}: ${line}`)
  }

  /** A line about how far a step is, replaced by the next. */
  progress(line: string): void {
    this.#progress.update(`  ${this.#name}: ${line}`)
  }

  /** A B A B, answers compared, medians; see lib/alternated.ts. Says each round. */
  alternated(a: Side, b: Side, options: AlternatedOptions = {}): Promise<Comparison> {
    return alternated(a, b, { rounds: this.quick ? 2 : 5, say: (line) => this.say(line), ...options })
  }

  /** To be done when the part is over, last first, also when it fails. */
  atEnd(work: () => Promise<unknown>): void {
    this.#cleanups.push(work)
  }

  async database(): Promise<BenchDatabase> {
    const name = `bench_${randomBytes(4).toString('hex')}`
    const server = connect(this.cluster.url, { max: 1, name: 'bench server' })
    await server.unsafe(`CREATE DATABASE ${name}`)
    const url = new URL(this.cluster.url)
    url.pathname = `/${name}`
    const ownerUrl = url.href
    await migrate(ownerUrl)
    const apiUrl = roleUrl(ownerUrl, 'kith_api')
    const workerUrl = roleUrl(ownerUrl, 'kith_worker')
    const [owner, api, worker] = [ownerUrl, apiUrl, workerUrl].map((url) =>
      connect(url, { max: 8, name: 'bench' }),
    ) as [Client, Client, Client]
    this.atEnd(async () => {
      await Promise.all([owner.end({ timeout: 1 }), api.end({ timeout: 1 }), worker.end({ timeout: 1 })])
      const slots = await server`SELECT slot_name FROM pg_replication_slots WHERE database = ${name} AND NOT active`
      for (const { slot_name } of slots) await server`SELECT pg_drop_replication_slot(${slot_name as string})`
      await server.unsafe(`DROP DATABASE ${name} WITH (FORCE)`)
      await server.end()
    })
    return { ownerUrl, apiUrl, workerUrl, owner, api, worker, createTenant: (slug) => createTenant(owner, slug) }
  }

  /**
   * Starts bin/<name>.ts on the database as an operator would; its output goes to .kith/bench-<name>.log. The API is
   * ready (/healthz) when this resolves. Processes of one database share its slot, `bench`.
   */
  async start(name: 'api' | 'relay' | 'worker', on: BenchDatabase, env: NodeJS.ProcessEnv = {}): Promise<BenchProcess> {
    const port = name === 'api' ? await findFreePort(0) : 0
    const logFile = join(root, '.kith', `bench-${name}.log`)
    mkdirSync(join(root, '.kith'), { recursive: true })
    const output = openSync(logFile, 'w')
    const child = spawn(process.execPath, [join(root, 'bin', `${name}.ts`)], {
      cwd: root,
      env: {
        ...process.env,
        LOG_LEVEL: 'warn',
        RELAY_SLOT: 'bench',
        DATABASE_URL: on.ownerUrl,
        PORT: String(port),
        ...env,
      },
      stdio: ['ignore', output, output],
    })
    const gone = new Promise<void>((done) => child.once('exit', () => done()))
    const stop = async () => {
      child.kill('SIGTERM')
      const killer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS)
      await gone
      clearTimeout(killer)
    }
    this.atEnd(stop)
    if (name === 'api') await this.until(() => answers(`http://127.0.0.1:${port}/healthz`), `the API (see ${logFile})`)
    return { port, child, stop }
  }

  /** Polls until `condition` is true. Throws after 30 s, saying what was waited for. */
  async until(condition: () => Promise<boolean> | boolean, what: string, timeout = READY_TIMEOUT_MS): Promise<void> {
    const deadline = Date.now() + timeout
    while (!(await condition())) {
      if (Date.now() > deadline) throw new Error(`Waited ${timeout / 1000} s for ${what}.`)
      await sleep(10)
    }
  }

  async end(): Promise<void> {
    for (const work of this.#cleanups.reverse()) await work()
  }
}

/** A cluster with real durability, on the disk that a real one would use. */
export function startBenchCluster(progress: Progress): Promise<Cluster> {
  return startCluster({
    dataDir: join(root, '.kith', `bench-${process.pid}`, 'data'),
    port: 0,
    progress,
    temporary: true,
  })
}

export async function settingsThatMatter(cluster: Cluster): Promise<Record<string, string>> {
  const sql = connect(cluster.url, { max: 1, name: 'bench' })
  try {
    const rows = await sql<{ name: string; value: string }[]>`
SELECT name, current_setting(name) AS value
FROM unnest(ARRAY['server_version', 'fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers']) AS name`
    return Object.fromEntries(rows.map(({ name, value }) => [name, value]))
  } finally {
    await sql.end()
  }
}

async function createTenant(owner: Client, slug: string): Promise<string> {
  const [tenant] = await owner<[{ id: string }]>`
INSERT INTO tenants (slug, name) VALUES (${slug}, ${slug}) RETURNING id`
  for (const scope of ['write', 'read', 'admin']) {
    const hash = createHash('sha256').update(`${slug}-${scope}`).digest('hex')
    await owner`
INSERT INTO api_keys (tenant_id, name, hash, scopes) VALUES (${tenant.id}, ${scope}, ${hash}, ${[scope]})`
  }
  return tenant.id
}

function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.ok,
    () => false,
  )
}
