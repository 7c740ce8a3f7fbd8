import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { connect } from '../../db/client.ts'
import { startCluster, stopCluster } from '../../db/server/cluster.ts'
import { findPostmaster } from '../../db/server/postmaster.ts'
import { silent } from '../../db/server/progress.ts'
import { until } from '../../test/database.ts'
import { keepPostgres } from './embedded.ts'

const folder = mkdtempSync(join(tmpdir(), 'kith-kept-'))
chmodSync(folder, 0o755)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('brings Postgres back after an immediate stop, at the same address, and its clients reconnect', async () => {
  const kept = await keepPostgres(join(folder, 'data'), 0, silent)
  const sql = connect(kept.url, { max: 1 })
  await sql`CREATE TABLE kept AS SELECT 1 AS n`
  const first = findPostmaster(kept.dataDir)
  await stopCluster(kept.dataDir, 'immediate')
  const rows = await until(
    () => sql`SELECT n FROM kept`.catch(() => []),
    (found) => found.length === 1,
    { timeout: 60_000 },
  )
  expect(rows[0]!.n).toBe(1)
  expect(findPostmaster(kept.dataDir)).not.toBe(first)
  await sql.end()
  await kept.stop()
  expect(findPostmaster(kept.dataDir)).toBeUndefined()
})

it('stops while it brings Postgres back', async () => {
  const kept = await keepPostgres(join(folder, 'data'), 0, silent)
  const first = findPostmaster(kept.dataDir)
  await stopCluster(kept.dataDir, 'immediate')
  await until(
    () => findPostmaster(kept.dataDir) ?? first,
    (pid) => pid !== first,
    { timeout: 60_000, every: 1 },
  )
  await kept.stop()
  expect(await kept.lost).toBe('stopped')
  expect(findPostmaster(kept.dataDir)).toBeUndefined()
})

it('takes one that was started by hand meanwhile, and stops it in the end', async () => {
  const kept = await keepPostgres(join(folder, 'data'), 0, silent)
  await stopCluster(kept.dataDir, 'immediate')
  const port = Number(new URL(kept.url).port)
  const byHand = await until(() =>
    startCluster({ dataDir: kept.dataDir, port, outliveUs: true }).catch(() => undefined),
  )
  const pid = findPostmaster(kept.dataDir)
  await new Promise((resolve) => setTimeout(resolve, 4000)) // longer than its patience
  expect(findPostmaster(kept.dataDir)).toBe(pid)
  await kept.stop()
  await byHand!.ended
  expect(readFileSync(`${kept.dataDir}.log`, 'utf8')).toContain('received fast shutdown request')
  expect(findPostmaster(kept.dataDir)).toBeUndefined()
})
