import { describe, expect, it, vi } from 'vitest'
import { findBrowser } from '../test/browser.ts'
import { faults, stage, tooWide } from '../test/console.ts'
import { otherDatabase, testDatabase, until } from '../test/database.ts'
import { take } from './pages/data/report-lines.ts'

vi.hoisted(() => {
  process.env.SOURCE_HOSTS = '127.0.0.1,localhost'
})

const browser = findBrowser()

it('puts the report of an import together line by line', () => {
  const start = {
    total: { lines: 0, stored: 0, known: 0, refused: 0 },
    refused: [],
    would: [],
    state: 'running' as const,
  }
  const lines = [
    { line: 2, would: { name: 'page' } },
    { line: 3, code: 'LINE_REFUSED', reason: 'no', raw: 'x' },
    { progress: { lines: 2, stored: 1, known: 0, refused: 1 } },
    { done: { name: 'f', lines: 2, stored: 1, known: 0, refused: 1 } },
  ]
  expect(lines.reduce<ReturnType<typeof take>>(take, start)).toMatchObject({
    state: 'done',
    total: { stored: 1 },
    refused: [{ line: 3 }],
    would: [{ line: 2 }],
  })
  expect(take(start, { error: { code: 'FILE_UNREADABLE', message: 'Expected CSV.' } })).toMatchObject({
    state: 'failed',
    error: 'Expected CSV. (FILE_UNREADABLE)',
  })
})

describe.skipIf(!browser)('the ways in, in a browser', async () => {
  if (!browser) return
  const db = await testDatabase()
  const tenant = await db.createTenant('shop')
  const on = await stage(db, browser)
  const key = 'shop-admin'

  it('makes a webhook, tries its mapping on a sample, and shows what became of a call', async () => {
    const page = await on.open('/data?tab=webhooks', { key })
    await page.getByRole('link', { name: 'New webhook' }).click()
    await page.getByLabel('Signed as by').selectOption('hubspot')
    expect(await page.getByLabel('Mapping', { exact: false }).first().inputValue()).toContain('contact.propertyChange')
    await page.getByLabel('Signed as by').selectOption('shopify')
    await page.getByRole('button', { name: 'Try the mapping' }).click()
    await page.getByText('1 event and 1 record, and all would be taken.').waitFor()
    await page.getByRole('textbox', { name: /^Name/ }).fill('Our shop')
    await page.getByLabel('Secret').fill('whsec')
    await page.getByRole('button', { name: 'Make the webhook' }).click()
    await page.getByText('Give this address to the third party').waitFor()
    const { source } = (
      await db.owner`SELECT id AS source FROM sources WHERE tenant_id = ${tenant} AND kind = 'webhook'`
    )[0]!
    await fetch(`${on.url}/v1/webhooks/${source}`, { method: 'POST', body: '{}' })
    await page.getByText('SIGNATURE_WRONG').waitFor()
    await page.getByRole('textbox', { name: /^Mapping/ }).fill('{"type": ')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('alert').getByText('MAPPING_FAILED').waitFor()
    await page.getByRole('link', { name: 'All webhooks' }).click()
    await page.getByRole('link', { name: 'Our shop' }).waitFor()
  })

  it('tries a table of another Postgres, reads it, says what is wrong, and pauses', async () => {
    const { url: address, theirs, drop } = await otherDatabase()
    await theirs.unsafe(
      `CREATE TABLE customers (id int PRIMARY KEY, points text); INSERT INTO customers VALUES (1, '5'), (2, 'many')`,
    )
    await theirs.end()
    const page = await on.open('/data?tab=postgres', { key })
    await page.getByRole('link', { name: 'New Postgres source' }).click()
    await page.getByRole('textbox', { name: /^Name/ }).fill('Their CRM')
    await page.getByLabel('Address').fill(address.href)
    await page.getByRole('textbox', { name: /^Table/ }).fill('customer')
    await page.getByRole('textbox', { name: /^Cursor/ }).fill('id')
    await page.getByRole('textbox', { name: /^Key/ }).fill('id')
    const score = 'row.points = "many" ? row.points : $number(row.points)'
    const mapping = `{"records": {"object": "lead", "externalId": $string(row.id), "score": ${score}}}`
    await page.getByRole('textbox', { name: /^Mapping/ }).fill(mapping)
    const attempt = page.getByRole('button', { name: 'Connect and try the mapping' })
    await attempt.click()
    await page.getByRole('alert').getByText('SOURCE_UNREADABLE').waitFor()
    await page.getByRole('textbox', { name: /^Table/ }).fill('customers')
    await attempt.click()
    await page.getByText('Of the first 2 rows 1 would be refused in part').waitFor()
    await page.getByText('"points": "many"').first().waitFor()
    await page.getByRole('button', { name: 'Make the source' }).click()
    await page.getByText('Stands behind 2, 2.').waitFor({ timeout: 30_000 })
    await page.getByRole('heading', { name: 'Their CRM' }).waitFor()
    expect(await db.owner`SELECT FROM leads WHERE tenant_id = ${tenant}`).toHaveLength(1)
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByText('paused', { exact: true }).waitFor()
    await drop()
    await page.getByRole('button', { name: 'Resume' }).click()
    await page.getByText('1 round failed, one after the other.').waitFor({ timeout: 30_000 })
    await page.getByRole('link', { name: 'All Postgres sources' }).click()
    await page.getByText('failing').waitFor()
  }, 90_000)

  it('follows the log of another Postgres, shows what to run there, and deletes it', async () => {
    const { name, url: address, theirs, drop } = await otherDatabase()
    await theirs.unsafe(`CREATE TABLE clients (id int, email text); INSERT INTO clients VALUES (1, 'a@example.com')`)
    const page = await on.open('/data?tab=postgres&postgres=new', { key })
    await page.getByRole('textbox', { name: /^Name/ }).fill('Their shop')
    await page.getByLabel('How it is read').selectOption('REPLICATION')
    await page.getByLabel('Address').fill(address.href)
    await page.getByRole('textbox', { name: /^Tables/ }).fill('clients')
    await page
      .getByRole('textbox', { name: /^Mapping/ })
      .fill('{"records": {"object": "lead", "externalId": "c" & row.id, "delete": op = "delete"}}')
    await page.getByRole('button', { name: 'Make the source' }).click()
    await page.getByText('SOURCE_IDENTITY_MISSING').waitFor({ timeout: 30_000 })
    const remedy = await page.getByText('REPLICA IDENTITY FULL').first().textContent()
    await theirs.unsafe(remedy!.trim())
    await page.getByText(/^Stands at /).waitFor({ timeout: 60_000 })
    await theirs`INSERT INTO clients VALUES (2, 'b@example.com')`
    await theirs`DELETE FROM clients WHERE id = 1`
    await until(async () => {
      const rows =
        await db.owner`SELECT external_id AS id FROM leads WHERE tenant_id = ${tenant} AND external_id LIKE 'c_'`
      return rows.length === 1 && rows[0]!.id === 'c2'
    })
    await page.getByText(/The other database keeps/).waitFor({ timeout: 30_000 })
    await page.getByText('following', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('link', { name: 'New Postgres source' }).waitFor()
    await until(async () => (await theirs`SELECT FROM pg_replication_slots WHERE database = ${name}`).length === 0)
    await drop()
  }, 180_000)

  it('tries a file, imports it, and shows which lines were refused', async () => {
    const page = await on.open('/data?tab=imports', { key })
    const buffer = Buffer.from('type,userId,properties.plan\npage,ada,pro\npage,,free\npage,bob,pro\n')
    await page.locator('input[type=file]').setInputFiles({ name: 'history.csv', mimeType: 'text/csv', buffer })
    await page.getByRole('button', { name: 'Dry run' }).click()
    await page.getByText('Tried the first lines of history.csv.').waitFor()
    await page.getByText('"userId": "bob"').waitFor()
    expect(await db.owner`SELECT FROM events WHERE tenant_id = ${tenant}`).toHaveLength(0)
    await page.getByRole('button', { name: 'Import' }).click()
    await page.getByText('Took history.csv.').waitFor()
    await page.getByRole('cell', { name: /EVENT_WITHOUT_PERSON/ }).waitFor()
    expect(await db.owner`SELECT FROM events WHERE tenant_id = ${tenant}`).toHaveLength(2)
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Save the error file' }).click()
    expect((await download).suggestedFilename()).toBe('history.csv.errors.ndjson')
  })

  it('replays stored events and shows that it is done', async () => {
    const page = await on.open('/data?tab=replay', { key })
    await page.getByLabel('From').fill('2020-01-01T00:00')
    await page.getByLabel('Before').fill('2099-01-01T00:00')
    await page.locator('[name=names]').fill('page')
    await page.getByRole('button', { name: 'Replay', exact: true }).click()
    await page.getByText('done', { exact: true }).waitFor({ timeout: 30_000 })
    await page.getByText('2 events again').waitFor()
    expect(await until(() => db.owner`SELECT FROM replays WHERE finished_at IS NOT NULL`)).toHaveLength(1)
  })

  it('has no fault that axe calls serious, light, dark and on a phone', async () => {
    for (const look of [{ width: 1280 }, { width: 1280, dark: true }, { width: 390 }]) {
      for (const path of [
        'webhooks',
        'webhooks&webhook=new',
        'postgres',
        'postgres&postgres=new',
        'imports',
        'replay',
      ]) {
        const page = await on.open(`/data?tab=${path}`, { key, height: 800, ...look })
        await page.waitForFunction(() => document.querySelector('.card') && !document.querySelector('.waiting'))
        expect([path, look, await faults(page)]).toEqual([path, look, []])
        expect([path, look, await tooWide(page)]).toEqual([path, look, 0])
      }
    }
  }, 180_000)
})
