import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { connect } from './client.ts'
import { migrate } from './migrate.ts'
import { roleUrl } from './roles.ts'
import { checkServer } from './server/check.ts'
import { startCluster } from './server/cluster.ts'
import { sha256 } from './secret.ts'
import { createTenant } from './sql/create-tenant.ts'

const page = readFileSync(new URL('../docs/install.md', import.meta.url), 'utf8')
const [beforeConnect, afterConnect] = /```sql\n([^]*?)```/.exec(page)![1]!.split('\\connect kith_own\n')

it('works for the owner of docs/install.md, who is no superuser', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kith-owner-'))
  chmodSync(folder, 0o755)
  const cluster = await startCluster({
    dataDir: join(folder, 'data'),
    port: 0,
    temporary: true,
    settings: { fsync: 'off' },
  })
  const ownerUrl = Object.assign(new URL(cluster.url), {
    username: 'kith_owner',
    password: '...',
    pathname: '/kith_own',
  }).href
  const asSuperuser = async (database: string, statements: string) => {
    const sql = connect(Object.assign(new URL(cluster.url), { pathname: database }).href, { max: 1 })
    // CREATE DATABASE wants to be alone.
    for (const statement of statements.split(/;\n/).filter((text) => text.trim())) await sql.unsafe(statement)
    await sql.end()
  }
  await asSuperuser('/kith', beforeConnect!)
  await asSuperuser('/kith_own', afterConnect!)
  expect(await checkServer(ownerUrl)).toEqual([])

  await migrate(ownerUrl)
  await migrate(ownerUrl)
  const owner = connect(ownerUrl, { max: 1 })
  // One that somebody else made meanwhile, with a smaller number than the newest.
  await owner.unsafe(`
DROP TRIGGER gate ON events; DROP TRIGGER normalise ON events; DROP FUNCTION ops.normalise_event, ops.refuse_ungated;
DELETE FROM drizzle.__drizzle_migrations WHERE created_at = 1795539082000`)
  await migrate(ownerUrl)
  expect(await owner`SELECT FROM pg_trigger WHERE tgname = 'normalise' AND tgrelid = 'events'::regclass`).toHaveLength(
    1,
  )
  const tenant = await createTenant(owner, {
    slug: 'acme',
    name: 'Acme',
    keys: [{ key: 'k', name: 'k', scopes: ['read'] }],
  })
  const api = connect(roleUrl(ownerUrl, 'kith_api'), { max: 1 })
  expect(await api`SELECT tenant_id FROM authenticate(${sha256('k')})`).toEqual([{ tenant_id: tenant }])
  expect(await api`SELECT id FROM tenants`).toEqual([])
  await expect(api`SELECT pg_logical_emit_message(true, 'kith', '{}')`).rejects.toThrow('permission denied')

  await Promise.all([owner.end(), api.end()])
  await cluster.stop('immediate')
  rmSync(folder, { recursive: true, force: true })
})
