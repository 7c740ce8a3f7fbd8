import { readFileSync } from 'node:fs'
import { inTenant } from '../../../db/client.ts'
import { expect, it } from 'vitest'
import { testDatabase } from '../../../test/database.ts'
import { toCsv } from '../../ui/csv.ts'
import { EXAMPLES, VIEWS } from './views.ts'

const db = await testDatabase()
const tenant = await db.createTenant('shop')

it('names every view that an analyst may read, and no other', async () => {
  const views = await db.owner`SELECT viewname AS name FROM pg_views WHERE schemaname = 'analytics' ORDER BY 1`
  expect(VIEWS.map(({ name }) => name).sort()).toEqual(views.map(({ name }) => name as string))
  const docs = readFileSync(new URL('../../../docs/sql.md', import.meta.url), 'utf8')
  for (const { name } of VIEWS) expect(docs).toContain(`\`${name}\``)
})

it.each(EXAMPLES)('$title runs', async ({ text }) => {
  await inTenant(db.owner, tenant, async (sql) => {
    await sql`SET LOCAL search_path = analytics`
    expect([...(await sql.unsafe(text))]).toEqual([])
  })
})

it('writes CSV that programs read back and spreadsheets do not execute', () => {
  const columns = [{ name: 'a' }, { name: 'b "c"' }]
  const rows = [
    ['x,y', null],
    ['line\nbreak', { k: ['"'] }],
    ['-5.20', -3],
    ['=HYPERLINK("x")', '@cmd'],
    [true, 'plain'],
  ]
  expect(toCsv(columns, rows).split('\r\n')).toEqual([
    'a,"b ""c"""',
    '"x,y",',
    String.raw`"line
break","{""k"":[""\""""]}"`,
    '-5.20,-3',
    `"'=HYPERLINK(""x"")",'@cmd`,
    'true,plain',
    '',
  ])
})
