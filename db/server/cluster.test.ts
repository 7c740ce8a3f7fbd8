import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { afterAll, expect, inject, it } from 'vitest'
import { checkServer } from './check.ts'
import { type Cluster, startCluster, stopCluster } from './cluster.ts'

const folder = mkdtempSync(join(tmpdir(), 'kith-cluster-'))
chmodSync(folder, 0o755) // as root, the server's uid must get in
const dataDir = join(folder, 'data')

afterAll(async () => {
  await stopCluster(dataDir, 'immediate')
  rmSync(folder, { recursive: true, force: true })
})

async function query<T>(url: string, run: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    return await run(sql)
  } finally {
    await sql.end()
  }
}

it('keeps its data over a stop and a start', async () => {
  const first = await startCluster({ dataDir, port: 0 })
  await query(first.url, (sql) => sql`CREATE TABLE kept AS SELECT 1 AS n`)
  await first.stop()
  const second = await startCluster({ dataDir, port: first.port })
  expect(second.url).toBe(first.url)
  expect(await query(second.url, (sql) => sql`SELECT n FROM kept`)).toEqual([{ n: 1 }])
  await second.stop()
})

it('refuses a second start in the same folder, and names the first', async () => {
  const first = await startCluster({ dataDir, port: 0 })
  await expect(startCluster({ dataDir, port: 0 })).rejects.toThrow(
    `Kith is already running in this folder (process ${process.pid}`,
  )
  await first.stop()
})

it('recovers after the death of its first process', async () => {
  const first = await startCluster({ dataDir, port: 0 })
  await query(first.url, (sql) => sql`CREATE TABLE committed AS SELECT 1 AS n`)
  process.kill(Number(readFileSync(join(first.dataDir, 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGKILL')
  await first.ended
  const second = await startCluster({ dataDir, port: 0 })
  expect(await query(second.url, (sql) => sql`SELECT n FROM committed`)).toEqual([{ n: 1 }])
  await second.stop()
})

it('replaces a server that a killed command has left running', async () => {
  const script = `
import { startCluster } from ${JSON.stringify(join(import.meta.dirname, 'cluster.ts'))}
await startCluster({ dataDir: ${JSON.stringify(dataDir)}, port: 0, outliveUs: true })
process.kill(process.pid, 'SIGKILL')`
  const command = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], { stdio: 'inherit' })
  await new Promise((done) => command.once('exit', done))
  const said: string[] = []
  const second = await startCluster({ dataDir, port: 0, progress: { say: (line) => said.push(line), update() {} } })
  expect(said.join()).toContain('that an earlier command left running')
  await second.stop()
})

it('removes a temporary server when the process that started it is killed', async () => {
  const temporary = join(folder, 'temporary/data')
  const script = `
import { startCluster } from ${JSON.stringify(join(import.meta.dirname, 'cluster.ts'))}
await startCluster({ dataDir: ${JSON.stringify(temporary)}, port: 0, temporary: true })
process.kill(process.pid, 'SIGKILL')`
  const command = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], { stdio: 'inherit' })
  await new Promise((done) => command.once('exit', done))
  await expect.poll(() => existsSync(temporary), { timeout: 10_000 }).toBe(false)
})

it('says what is wrong with a server that cannot carry Kith', async () => {
  const settings = { wal_level: 'replica', max_wal_senders: '0', shared_preload_libraries: '' }
  const bare: Cluster = await startCluster({ dataDir: join(folder, 'bare/data'), port: 0, settings, temporary: true })
  const problems = await checkServer(bare.url)
  expect(problems).toEqual([
    expect.stringContaining('does not preload timescaledb and age. Run: ALTER SYSTEM SET shared_preload_libraries = '),
    expect.stringContaining('wal_level is replica. Run: ALTER SYSTEM SET wal_level = logical'),
    expect.stringContaining('max_wal_senders is 0'),
  ])
  await query(bare.url, (sql) => sql`CREATE ROLE weak LOGIN PASSWORD 'weak'`)
  const weak = Object.assign(new URL(bare.url), { username: 'weak', password: 'weak' })
  const asWeak = (await checkServer(weak.href)).join('\n')
  for (const mend of [
    'CREATE EXTENSION age',
    'CREATEROLE',
    'REPLICATION',
    'BYPASSRLS',
    'GRANT CREATE ON DATABASE "kith"',
    'FROM PUBLIC',
  ]) {
    expect(asWeak).toContain(mend)
  }
  const stranger = Object.assign(new URL(bare.url), { password: 'secret-guess' })
  const answer = await checkServer(stranger.href)
  expect(answer).toEqual([expect.stringContaining('does not answer: password authentication failed')])
  expect(answer.join()).not.toContain('secret-guess')
  await bare.stop('immediate')
})

it('has everything Kith builds on', async () => {
  const url = inject('databaseUrl')
  expect(await checkServer(url)).toEqual([])
  const [facts] = await query(
    url,
    (sql) => sql`
SELECT 'a' < 'B' AS "byLanguage", 'Z' < 'a' AS "byCodePoint", upper('ж') AS upper,
  timestamptz '2026-07-01 12:00Z' AT TIME ZONE 'Europe/Berlin' = timestamp '2026-07-01 14:00' AS "knowsBerlin",
  current_setting('jit') AS jit, current_setting('wal_level') AS "walLevel"`,
  )
  expect(facts).toEqual({
    byLanguage: false,
    byCodePoint: true,
    upper: 'Ж',
    knowsBerlin: true,
    jit: 'off',
    walLevel: 'logical',
  })
})
