import { readFileSync } from 'node:fs'
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
INSERT INTO accounts (tenant_id, name, external_id, domain, industry, employees)
VALUES (${tenant}, 'Acme', 'A-1', 'acme.example', 'Tools', 80) RETURNING id`
  await db.owner`INSERT INTO accounts (tenant_id, name) VALUES (${tenant}, 'Globex')`
  await db.owner`INSERT INTO contacts (tenant_id, account_id, user_id) VALUES (${tenant}, ${acme!.id}, 'ada')`
  await db.owner`INSERT INTO events (tenant_id, name, user_id) VALUES (${tenant}, 'Signed In', 'ada')`
  await db.owner`
INSERT INTO labels (tenant_id, key, name, subject, rule)
VALUES (${tenant}, 'size', 'Size', 'account', '{"cases": [{"when": {"field": {"path": "employees", "gte": 50}}, "value": "large"}]}')`
  await db.owner`
INSERT INTO objects (tenant_id, key, plural, name, account) VALUES (${tenant}, 'device', 'devices', 'Device', true)`
  await db.owner`INSERT INTO fields (tenant_id, object, key, type) VALUES (${tenant}, 'device', 'serial', 'text')`
  await db.owner`
INSERT INTO records (tenant_id, object, account_id, user_id, occurred_at, custom)
VALUES (${tenant}, 'device', ${acme!.id}, 'ada', now(), '{"serial": "SN-1"}')`
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

  it('hands out which are in it as a CSV file, and which were', async () => {
    const page = await on.open('/segments/active_accounts', { key })
    const download = async () => {
      const [file] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Download CSV' }).click(),
      ])
      expect(file.suggestedFilename()).toBe('active_accounts.csv')
      return readFileSync(await file.path(), 'utf8').split('\r\n')
    }
    await page.getByRole('cell', { name: 'Acme' }).waitFor()
    const [columns, ...lines] = await download()
    expect(columns).toBe('id,name,external_id,domain,industry,employees,owner,in_since')
    expect(lines).toEqual([expect.stringMatching(/^[0-9a-f-]{36},Acme,A-1,acme.example,Tools,80,,2\d{3}-.*Z$/), ''])
    expect(lines[0]!.split(',')[0]).toBe(acme!.id)

    await page.goto(`${on.url}/segments/active_accounts?asOf=2026-01-01T12:00`)
    await page.getByRole('heading', { name: 'None was in it then' }).waitFor()
    expect(await download()).toEqual([columns, ''])
  })

  it('makes a label of accounts, by cases and by what is computed, and shows its values', async () => {
    const page = await on.open('/labels/new', { key })
    await page.getByLabel('Name').fill('Team size')
    await page.getByRole('button', { name: 'Accounts', exact: true }).click()
    await page.getByLabel('Value', { exact: true }).fill('active')
    await page.getByLabel('Event', { exact: true }).fill('Signed In')
    await page.getByRole('button', { name: 'Make the label' }).click()
    await page.getByRole('heading', { name: 'Team size' }).waitFor()
    await page.getByRole('cell', { name: 'Acme' }).waitFor()
    await page.getByRole('cell', { name: 'active', exact: true }).waitFor()

    await page.getByRole('link', { name: 'Changes' }).click()
    await page.getByRole('listitem').filter({ hasText: 'Acme' }).getByText('active').waitFor()

    await page.getByRole('link', { name: 'Rule' }).click()
    await page.getByLabel('What the value is').selectOption('compute')
    await page.getByLabel('Events or records').selectOption('record')
    expect(await page.getByLabel('Kind of record').locator('option').allInnerTexts()).not.toContain('membership')
    await page.getByLabel('Kind of record').selectOption('Device')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved. Everybody is being looked at again.').waitFor()
    await page
      .getByRole('link', { name: /^Accounts/ })
      .last()
      .click()
    await page.getByRole('row', { name: /Acme/ }).getByText('1', { exact: true }).waitFor()

    const list = await on.open('/labels', { key })
    await list
      .getByRole('row', { name: /Team size/ })
      .getByText('accounts')
      .waitFor()
  })

  it('shows records of own objects, of a person and of an account', async () => {
    const page = await on.open(`/accounts/${acme!.id}`, { key })
    await page.getByRole('heading', { name: 'Devices (1)' }).waitFor()
    await page.getByRole('cell', { name: 'SN-1' }).waitFor()
    const [ada] = await db.owner`SELECT profile_id AS id FROM identifiers WHERE type = 'user_id' AND value = 'ada'`
    const person = await on.open(`/people/${ada!.id}`, { key })
    await person.getByRole('listitem').filter({ hasText: 'Device' }).getByText('serial: SN-1').waitFor()
    await person.getByRole('link', { name: 'Records' }).click()
    await person.getByRole('cell', { name: 'SN-1' }).waitFor()
    expect(await person.getByRole('heading', { name: 'Devices (1)' }).count()).toBe(1)
  })

  it('shows the segments and labels of an account', async () => {
    const page = await on.open(`/accounts/${acme!.id}`, { key })
    await page.getByRole('link', { name: 'Active accounts' }).waitFor()
    await page.getByRole('link', { name: 'Size', exact: true }).waitFor()
    await page.getByText('large', { exact: true }).waitFor()
    expect(await page.getByText('In it is in no segment').count()).toBe(0)
  })

  it('joins segments of accounts to an audience, exactly', async () => {
    const page = await on.open('/audience', { key })
    await page.getByRole('button', { name: 'Accounts', exact: true }).click()
    const figure = (name: string) => page.locator('.figure', { hasText: name }).locator('dd').innerText()
    await until(async () => (await figure('Accounts known')) === '2')
    await page.getByLabel('In all of: add a segment').selectOption('active_accounts')
    await until(async () => (await figure('In this audience')) === '1')
    await page
      .getByRole('list', { name: 'Some accounts of this audience' })
      .getByRole('link', { name: 'Acme' })
      .waitFor()
    const other = await on.open('/audience?none=active_accounts&subject=account', { key })
    await other.getByRole('link', { name: 'Globex' }).waitFor()
    await other.getByRole('button', { name: 'People', exact: true }).click()
    await other.getByText('People known').waitFor()
    expect(new URL(other.url()).search).toBe('')
  })

  it('tells on the home page which accounts enter and leave, without a reload', async () => {
    const page = await on.open('/', { key })
    const moves = page.locator('.moves')
    await moves.getByRole('link', { name: 'Acme' }).waitFor()
    await moves.getByRole('link', { name: 'Active accounts' }).waitFor()
    const [globex] = await db.owner<{ id: string }[]>`SELECT id FROM accounts WHERE name = 'Globex'`
    await db.owner`INSERT INTO contacts (tenant_id, account_id, user_id) VALUES (${tenant}, ${globex!.id}, 'bob')`
    await db.owner`INSERT INTO events (tenant_id, name, user_id) VALUES (${tenant}, 'Signed In', 'bob')`
    await moves.locator('.fresh').getByRole('link', { name: 'Globex' }).click()
    await page.getByRole('heading', { name: 'Globex' }).waitFor()
    expect(new URL(page.url()).pathname).toBe(`/accounts/${globex!.id}`)
  })

  it('has no fault that axe calls serious, light, dark and on a phone', async () => {
    const looks = [{}, { dark: true }, { width: 390, height: 844 }]
    for (const look of looks) {
      for (const [path, text] of [
        ['/segments/new', 'Whom it is about'],
        ['/segments/active_accounts', 'Which are in it now'],
        ['/audience?all=active_accounts&subject=account', 'Acme'],
        ['/labels/new', 'Whom it is about'],
        ['/labels/team_size', 'Acme'],
        [`/accounts/${acme!.id}`, 'Labels and segments'],
      ] as const) {
        const page = await on.open(path, { key, ...look })
        if (path.endsWith('/new')) await page.getByRole('button', { name: 'Accounts', exact: true }).click()
        else await page.getByText(text).first().waitFor()
        await page.waitForLoadState('networkidle')
        expect(await faults(page), `${path} ${JSON.stringify(look)}`).toEqual([])
      }
    }
  })
})
