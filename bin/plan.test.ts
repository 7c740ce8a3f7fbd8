import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { graphqlDoor } from '../api/yoga.ts'
import { createServer } from '../api/server.ts'
import { config } from '../config.ts'
import { testDatabase } from '../test/database.ts'

const db = await testDatabase()
await db.createTenant('shop')
await db.createTenant('copy')
const server = createServer({ config, sql: db.api, graphql: graphqlDoor(db.api) })
const url = `http://127.0.0.1:${await server.listen(0, '127.0.0.1')}`
const folder = mkdtempSync(join(tmpdir(), 'kith-plan-'))
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})
const file = join(folder, 'kith.yaml')

function plan(args: string[], key = 'shop-admin') {
  const env = { ...process.env, KITH_URL: url, KITH_KEY: key }
  return new Promise<{ code: number; out: string; err: string }>((resolve) => {
    execFile(process.execPath, [join(import.meta.dirname, 'plan.ts'), ...args], { env }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    )
  })
}

it('exports, tells the difference, applies, and keeps comments and the revision of the file', async () => {
  writeFileSync(
    file,
    `kith: 1
revision: none
segments:
  vip: # our best
    name: VIP
    rule: {event: {name: Order Completed, count: {gte: 5}}}
lists:
  guests: {name: Guests}
`,
  )
  writeFileSync(file, readFileSync(file, 'utf8').replace('revision: none\n', ''))
  expect(await plan(['diff', file])).toMatchObject({ code: 2, out: '+ lists.guests\n+ segments.vip\n2 to change.\n' })
  expect(await plan(['apply', file])).toMatchObject({
    code: 0,
    out: '+ lists.guests\n+ segments.vip\n2 to change: done.\n',
  })
  expect(await plan(['diff', file])).toMatchObject({ code: 0, out: 'Nothing to do.\n' })

  const exported = join(folder, 'exported.yaml')
  expect(await plan(['export', exported])).toMatchObject({ code: 0 })
  const edited = readFileSync(exported, 'utf8')
    .replace('name: VIP', 'name: Very important # new')
    .replace('gte: 5', 'gte: 7')
  writeFileSync(exported, edited)
  expect(await plan(['apply', exported])).toMatchObject({
    code: 0,
    out: '~ segments.vip\n    name: "VIP" -> "Very important"\n    rule.event.count.gte: 5 -> 7\n1 to change: done.\n',
  })
  const now = readFileSync(exported, 'utf8')
  expect(now).toContain('# new')
  expect(now).not.toBe(edited)
  expect(now.replace(/^revision: .*$/m, '')).toBe(edited.replace(/^revision: .*$/m, ''))

  await plan(['apply', exported], 'copy-admin')
  const [ours, theirs] = await Promise.all([plan(['export']), plan(['export'], 'copy-admin')])
  expect(theirs.out).toBe(ours.out)
})

it('names the line of the file that does not fit, and says what is wrong otherwise', async () => {
  const bad = join(folder, 'bad.yaml')
  writeFileSync(bad, 'kith: 1\nsegments:\n  a:\n    name: A\n    rule:\n      all:\n        - nonsense: {}\n')
  const refused = await plan(['apply', bad])
  expect(refused.code).toBe(1)
  expect(refused.err).toMatch(/bad\.yaml:7: segments\.a\.rule\.all\.0.*\(RULE_INVALID\)/)
  writeFileSync(bad, 'kith: [1\n')
  expect((await plan(['diff', bad])).err).toContain('bad.yaml: ')
  expect((await plan(['export'], 'shop-read')).err).toContain('model')
  expect((await plan(['diff', join(folder, 'none.yaml')])).err).toMatch(/^kith: .*none\.yaml cannot be read/)
  for (const args of [[], ['diff', bad, '--force']])
    expect(await plan(args)).toMatchObject({ code: 1, err: expect.stringMatching(/^kith: [^]*usage:/) })
})
