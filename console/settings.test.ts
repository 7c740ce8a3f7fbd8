import { describe, expect, it } from 'vitest'
import { findBrowser } from '../test/browser.ts'
import { faults, stage, tooWide } from '../test/console.ts'
import { testDatabase, until } from '../test/database.ts'

const browser = findBrowser()

describe.skipIf(!browser)('the settings in the console', async () => {
  if (!browser) return
  const db = await testDatabase()
  const tenant = await db.createTenant('shop')
  const on = await stage(db, browser)
  const key = 'shop-admin'

  it('name the tenant and set its time zone, and say that rules are evaluated anew', async () => {
    const [segment] = await db.owner<{ id: string; version: number }[]>`
INSERT INTO segments (tenant_id, key, name, rule) VALUES (${tenant}, 'all', 'All', '{"all": []}') RETURNING id, version`
    const page = await on.open('/settings', { key })
    await page.getByRole('button', { name: 'Change', exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('every active segment and label is evaluated anew').waitFor()
    await dialog.getByRole('textbox', { name: 'Name' }).fill('The shop')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved.', { exact: true }).waitFor()
    await page.getByRole('definition').filter({ hasText: 'The shop' }).waitFor()
    const version = async () => (await db.owner`SELECT version FROM segments WHERE id = ${segment!.id}`)[0]!.version
    expect(await version()).toBe(segment!.version)

    await page.getByRole('button', { name: 'Change', exact: true }).click()
    await dialog.getByLabel('Time zone').selectOption('Asia/Kolkata')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved. Everybody is being looked at again.').waitFor()
    await page.getByRole('definition').filter({ hasText: 'Asia/Kolkata' }).waitFor()
    expect(await version()).toBe(segment!.version + 1)
    expect(await db.owner`SELECT name, timezone FROM tenants WHERE id = ${tenant}`).toEqual([
      { name: 'The shop', timezone: 'Asia/Kolkata' },
    ])
  })

  it('are not for others to change', async () => {
    const page = await on.open('/settings', { key: 'shop-read' })
    await page.getByRole('heading', { name: 'Tenant' }).waitFor()
    expect(await page.getByRole('button', { name: 'Change', exact: true }).count()).toBe(0)
  })

  it('say when a key was last used', async () => {
    const used = async (name: string) =>
      (await db.owner`SELECT last_used_at AS at FROM api_keys WHERE tenant_id = ${tenant} AND name = ${name}`)[0]!.at
    const page = await on.open('/settings', { key })
    await until(async () => (await used('admin')) !== null)
    await page.reload()
    const cell = (name: string) =>
      page
        .getByRole('row', { name: new RegExp(`^${name}`) })
        .getByRole('cell')
        .nth(4)
    await cell('admin').locator('time').waitFor()
    expect(await cell('write').innerText()).toBe('–')
  })

  it('have no fault that axe calls serious, light, dark and on a phone, where nothing is wider than the window', async () => {
    await db.owner`
INSERT INTO api_keys (tenant_id, name, hash, scopes, last_used_at)
VALUES (${tenant}, 'Website of the outlet', 'x', '{write,read}', now() - interval '40 days')`
    for (const look of [{}, { dark: true }, { width: 390, height: 844 }, { width: 390, height: 844, dark: true }]) {
      const page = await on.open('/settings', { key, ...look })
      await page.getByRole('heading', { name: 'Tenant' }).waitFor()
      expect(await faults(page), JSON.stringify(look)).toEqual([])
      expect(await tooWide(page)).toBe(0)
      await page.getByRole('button', { name: 'Change', exact: true }).click()
      await page.getByRole('dialog').getByLabel('Time zone').waitFor()
      expect(await faults(page), JSON.stringify(look)).toEqual([])
      expect(await tooWide(page)).toBe(0)
    }
  })
})
