import { describe, expect, it } from 'vitest'
import { findBrowser } from '../test/browser.ts'
import { stage, tooWide } from '../test/console.ts'
import { testDatabase } from '../test/database.ts'

const browser = findBrowser()

describe.skipIf(!browser)('the model in the console', async () => {
  if (!browser) return
  const db = await testDatabase()
  const tenant = await db.createTenant('shop')
  const on = await stage(db, browser)
  await db.owner`
INSERT INTO orders (tenant_id, amount, currency, placed_at, custom) VALUES (${tenant}, 1, 'EUR', now(), '{"weight": "heavy"}')`
  const open = (tab = '') => on.open(`/data/model${tab}`, { key: 'shop-admin' })

  it('installs a template, and shows its objects, fields and version', async () => {
    const page = await open('?tab=templates')
    await page.getByRole('button', { name: 'Install SaaS' }).click()
    await page.getByText(/\d+ definitions made, 0 kept/).waitFor()
    await page.getByRole('link', { name: 'Objects and fields' }).click()
    await page.getByRole('heading', { name: 'Workspace', exact: true }).waitFor()
    await page.getByText('unique', { exact: true }).waitFor()
    await page.getByRole('link', { name: 'Versions' }).click()
    await page.getByText('Version 1').waitFor()
    expect(on.complaints()).toEqual([])
  })

  it('says before a field is saved which rows would not fit, and restores what was before', async () => {
    const page = await open()
    await page.getByRole('button', { name: 'Field of Order' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Key').fill('weight')
    await dialog.getByLabel('Type').selectOption('NUMBER')
    await dialog.getByRole('button', { name: 'Check stored rows' }).click()
    await dialog.getByText('1 stored row would not fit.').waitFor()
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('button', { name: 'Edit weight' }).waitFor()

    await page.getByRole('button', { name: 'New object' }).click()
    await page.getByRole('dialog').getByLabel('Name', { exact: true }).fill('Insurance policy')
    expect(await page.getByRole('dialog').getByLabel('Plural').inputValue()).toBe('insurancePolicies')
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'Insurance policy' }).waitFor()

    await page.getByRole('link', { name: 'Versions' }).click()
    await page.getByRole('button', { name: 'Restore version 1' }).click()
    await page.getByRole('dialog').getByText('order.weight').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Restore' }).click()
    await page.getByText('Version 4').waitFor()
    expect(await db.owner`SELECT FROM fields WHERE tenant_id = ${tenant} AND key = 'weight'`).toHaveLength(0)
    expect(on.complaints()).toEqual([])
  })

  it('fits a phone, in the dark', async () => {
    const page = await on.open('/data/model', { key: 'shop-admin', width: 390, height: 800, dark: true })
    await page.getByRole('heading', { name: 'Workspace', exact: true }).waitFor()
    expect(await tooWide(page)).toBe(0)
  })
})
