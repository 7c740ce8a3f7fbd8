import { describe, expect, it } from 'vitest'
import { findBrowser } from '../test/browser.ts'
import { faults, stage } from '../test/console.ts'
import { testDatabase, until } from '../test/database.ts'

const browser = findBrowser()

describe.skipIf(!browser)('segments of accounts in the console', async () => {
  if (!browser) return
  const db = await testDatabase()
  const tenant = await db.createTenant('shop')
  const on = await stage(db, browser)
  const key = 'shop-admin'
  const [acme] = await db.owner<{ id: string }[]>`
INSERT INTO accounts (tenant_id, name, industry, employees) VALUES (${tenant}, 'Acme', 'Tools', 80) RETURNING id`
  await db.owner`INSERT INTO accounts (tenant_id, name) VALUES (${tenant}, 'Globex')`
  await db.owner`INSERT INTO contacts (tenant_id, account_id, user_id) VALUES (${tenant}, ${acme!.id}, 'ada')`
  await db.owner`INSERT INTO events (tenant_id, name, user_id) VALUES (${tenant}, 'Signed In', 'ada')`
  await db.owner`
INSERT INTO labels (tenant_id, key, name, subject, rule)
VALUES (${tenant}, 'size', 'Size', 'account', '{"cases": [{"when": {"field": {"path": "employees", "gte": 50}}, "value": "large"}]}')`
  await until(async () => (await db.owner`SELECT FROM account_label_values`).length === 1)

  it('makes a segment of accounts, estimates it, and shows which are in it', async () => {
    const page = await on.open('/segments/new', { key })
    await page.getByLabel('Name').fill('Active accounts')
    await page.getByRole('button', { name: 'Accounts', exact: true }).click()
    await page.getByText('Accounts that match').waitFor()
    await page.getByLabel('Event', { exact: true }).fill('Signed In')
    await page.getByLabel('Estimate').getByText('1 account').waitFor()
    await page.getByLabel('Estimate').getByRole('link', { name: 'Acme' }).waitFor()
    await page.getByRole('button', { name: 'Make the segment' }).click()
    await page.getByRole('heading', { name: 'Active accounts' }).waitFor()
    await page.getByRole('cell', { name: 'Acme' }).waitFor()
    const [row] = await db.owner`SELECT subject FROM segments WHERE tenant_id = ${tenant} AND key = 'active_accounts'`
    expect(row).toEqual({ subject: 'account' })
  })

  it('shows the segments and labels of an account', async () => {
    const page = await on.open(`/accounts/${acme!.id}`, { key })
    await page.getByRole('link', { name: 'Active accounts' }).waitFor()
    await page.getByRole('link', { name: 'Size' }).waitFor()
    await page.getByText('large', { exact: true }).waitFor()
    expect(await page.getByText('In it is in no segment').count()).toBe(0)
  })

  it('has no fault that axe calls serious, light, dark and on a phone', async () => {
    const looks = [{}, { dark: true }, { width: 390, height: 844 }]
    for (const look of looks) {
      for (const [path, text] of [
        ['/segments/new', 'Whom it is about'],
        ['/segments/active_accounts', 'Which are in it now'],
        [`/accounts/${acme!.id}`, 'Labels and segments'],
      ] as const) {
        const page = await on.open(path, { key, ...look })
        if (path === '/segments/new') await page.getByRole('button', { name: 'Accounts', exact: true }).click()
        else await page.getByText(text).waitFor()
        await page.waitForLoadState('networkidle')
        expect(await faults(page), `${path} ${JSON.stringify(look)}`).toEqual([])
      }
    }
  })
})
