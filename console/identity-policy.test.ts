/** Settings > Identity policy, and what a person may ask for: a copy, and to be forgotten. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { findBrowser } from '../test/browser.ts'
import { faults, stage, tooWide } from '../test/console.ts'
import { testDatabase, until } from '../test/database.ts'
import { changeOf, linesOf } from './pages/identity-policy/change.ts'

const browser = findBrowser()

it('reads the form: an empty field is as built in, weights are by source', () => {
  const form = new FormData()
  for (const [name, value] of Object.entries({
    ...{ normaliser: 'PHONE', country: ' de ', priority: '', max: '3', peopleLimit: '', blocked: ' a \n\nb\na' },
    ...{ 'weight crm': '10', 'weight event': '' },
  }))
    form.set(name, value)
  expect(changeOf(form, 'mobile')).toEqual({
    ...{ key: 'mobile', normaliser: 'PHONE', country: 'DE', priority: null, max: 3, peopleLimit: null, shared: false },
    ...{ blocked: ['a', 'b'], weights: { crm: 10 } },
  })
  expect(linesOf('')).toEqual([])
})

describe.skipIf(!browser)('the identity policy in a browser', async () => {
  if (!browser) return
  const db = await testDatabase()
  const tenant = await db.createTenant('shop')
  const on = await stage(db, browser)
  const key = 'shop-admin'

  await db.owner`
INSERT INTO events (tenant_id, name, user_id, anonymous_id, identifiers) VALUES
  (${tenant}, 'Bought', NULL, NULL, '{"email": "till@shop.example", "card": "c1"}'), (${tenant}, 'Bought', NULL, NULL, '{"email": "till@shop.example", "card": "c2"}'),
  (${tenant}, 'Came', 'ada', 'a-1', '{"email": "ada@example.com"}')`
  await db.owner`INSERT INTO consents (tenant_id, user_id, purpose, channel, state) VALUES (${tenant}, 'ada', 'marketing', 'email', 'granted')`
  await until(async () => (await db.owner`SELECT FROM profiles WHERE merged_into IS NULL`).length === 2)

  it('shows what a change would part, saves it, and applies it to what was', async () => {
    const page = await on.open('/settings', { key })
    await page.getByRole('link', { name: 'identity policy' }).click()
    await page.getByRole('row', { name: /Marketing email 1 0/ }).waitFor()
    await page.getByRole('link', { name: 'Email', exact: true }).click()
    await page.getByLabel('Values that name nobody').fill('till@*')
    await page.getByRole('button', { name: 'What would change?' }).click()
    await page.getByText('1 profile would be several people.').waitFor()
    await page.getByText(/Card c1.*\|.*Card c2/).waitFor()
    await page.getByRole('button', { name: 'Save' }).click()
    await page
      .getByRole('row', { name: /Email yours/ })
      .getByText('1', { exact: true })
      .waitFor()

    await page.getByRole('button', { name: 'Apply' }).click()
    await page.getByLabel('Reason').fill('The till is nobody')
    await page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click()
    await page.getByText(/Applied .* rows were read/).waitFor()
    const [parted] = await db.owner`SELECT evidence ->> 'reason' AS reason FROM merges WHERE cause = 'policy'`
    expect(parted!.reason).toBe('The till is nobody')

    await page.getByRole('link', { name: 'Email', exact: true }).click()
    await page.getByRole('button', { name: 'As built in' }).click()
    await page.getByText('As built in again.').waitFor()
    expect(await db.owner`SELECT FROM identifier_types`).toHaveLength(0)
    expect(on.complaints()).toEqual([])
  })

  it('names what people are asked for, and retires it', async () => {
    const page = await on.open('/settings/identity', { key })
    await page.getByRole('link', { name: 'Marketing' }).click()
    await page.getByLabel('Name').fill('News by mail')
    await page.getByLabel('Channels').fill('email, sms')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('row', { name: /News by mail email 1 0/ }).waitFor()
    await page.getByRole('link', { name: 'News by mail' }).click()
    await page.getByRole('button', { name: 'Retire' }).click()
    await page.getByRole('row', { name: /News by mail retired email 1 0/ }).waitFor()
    const [purpose] = await db.owner`SELECT key, channels, retired_at IS NOT NULL AS retired FROM consent_purposes`
    expect(purpose).toEqual({ key: 'marketing', channels: ['email', 'sms'], retired: true })
    expect(await faults(page)).toEqual([])
    await page.getByRole('link', { name: 'New purpose' }).click()
    await page.getByRole('textbox', { name: /^Key/ }).fill('ads')
    await page.getByLabel('Name').fill('Advertising')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('row', { name: /Advertising any 0 0/ }).waitFor()
    expect(on.complaints()).toEqual([])
  })

  it('makes a kind of its own, and says what is wrong with one', async () => {
    const page = await on.open('/settings/identity?type=new', { key })
    await page.getByRole('textbox', { name: /^Key/ }).fill('loyalty_card')
    await page.getByLabel('Country').fill('XX')
    await page.getByRole('button', { name: 'Save' }).click()
    expect(await page.getByRole('alert').innerText()).toContain('IDENTIFIER_TYPE_INVALID')
    await page.getByLabel('Country').fill('')
    await page.getByText('Weight by source').click()
    await page.getByLabel('CRM records').fill('10')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('link', { name: 'Loyalty card' }).waitFor()
    const [type] = await db.owner`SELECT key, weights FROM identifier_types`
    expect(type).toEqual({ key: 'loyalty_card', weights: { crm: 10 } })
    on.complaints()

    const reader = await on.open('/settings/identity?type=email', { key: 'shop-read' })
    await reader.getByText('This key may look, but not change.').waitFor()
    expect(await reader.getByRole('button', { name: /Save|change|Apply|built in/ }).count()).toBe(0)
  })

  it('hands out all that is held of a person as a file, and erases them once the word is typed', async () => {
    const page = await on.open('/people?q=ada@', { key })
    await page.getByRole('link', { name: 'ada@example.com' }).click()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export' }).click(),
    ])
    expect(download.suggestedFilename()).toMatch(/^person-[0-9a-f-]{36}\.json$/)
    const file = JSON.parse(readFileSync(await download.path(), 'utf8'))
    expect(file).toMatchObject({ events: [{ name: 'Came' }], consents: [{ purpose: 'marketing' }] })

    await page.getByRole('button', { name: 'Erase' }).click()
    const last = page.getByRole('button', { name: 'Erase for good' })
    expect(await last.isDisabled()).toBe(true)
    await page.getByLabel('Type the word erase').fill('Erase')
    await last.click()
    await page.getByText('is erased within moments').waitFor()
    await until(async () => (await db.owner`SELECT FROM identifiers WHERE value = 'ada'`).length === 0)
    expect(new URL(page.url()).pathname).toBe('/people')
    on.complaints()
  })

  it('has no fault that axe calls serious, light, dark and on a phone', async () => {
    for (const looks of [{}, { dark: true }, { width: 375, height: 700 }]) {
      for (const path of ['/settings/identity', '/settings/identity?type=email']) {
        const page = await on.open(path, { key, ...looks })
        await page.getByRole('heading', { name: 'Identity policy' }).waitFor()
        await page.locator('table, form').first().waitFor()
        expect(await faults(page)).toEqual([])
        expect(await tooWide(page)).toBe(0)
      }
    }
  })
})
