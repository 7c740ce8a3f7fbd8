import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { findBrowser } from '../test/browser.ts'
import { faults, stage, tooWide } from '../test/console.ts'
import { testDatabase, until } from '../test/database.ts'

const browser = findBrowser()

describe.skipIf(!browser)('segments in a browser', async () => {
  if (!browser) return
  const db = await testDatabase()
  const tenant = await db.createTenant('shop')
  const on = await stage(db, browser)
  const key = 'shop-admin'

  const viewed = (within: string, count: number) => ({ event: { name: 'Viewed', within, count: { gte: count } } })
  for (const [key, name, rule] of [
    ['keen', 'Keen', viewed('P7D', 2)],
    ['buyers', 'Buyers', { event: { name: 'Ordered' } }],
    ['german', 'From Germany', { field: { path: 'country', eq: 'DE' } }],
  ] as const) {
    await db.owner`INSERT INTO segments (tenant_id, key, name, rule) VALUES (${tenant}, ${key}, ${name}, ${db.owner.json(rule as never)})`
  }
  await db.owner`
INSERT INTO events (tenant_id, type, name, user_id, traits)
SELECT ${tenant}, 'identify', 'identify', 'u' || n, jsonb_build_object('country', CASE WHEN n % 3 = 0 THEN 'DE' ELSE 'FR' END, 'name', 'Person ' || n)
FROM generate_series(1, 30) AS n`
  await db.owner`
INSERT INTO events (tenant_id, name, user_id)
SELECT ${tenant}, name, 'u' || n FROM generate_series(1, 30) AS n, unnest(ARRAY['Viewed', 'Viewed', 'Ordered']) AS name
WHERE name = 'Viewed' AND n % 2 = 0 OR name = 'Ordered' AND n % 5 = 0`
  // 15 are keen, 6 have bought, 10 are from Germany.
  await until(async () => (await db.owner`SELECT FROM members`).length === 31, Boolean, { timeout: 30_000 })

  const figure = (page: Page, name: string) => page.locator('.figure', { hasText: name }).locator('dd').innerText()

  it('joins segments by what is chosen, keeps it in the address, and says how they overlap', async () => {
    const page = await on.open('/audience', { key })
    await page.getByText('In this audience').waitFor()
    await until(async () => (await figure(page, 'In this audience')) === '30')
    await page.getByLabel('In all of: add a segment').selectOption('keen')
    await until(async () => (await figure(page, 'In this audience')) === '15')
    await page.getByLabel('And in none of: add a segment').selectOption('german')
    await until(async () => (await figure(page, 'In this audience')) === '10')
    expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({ all: 'keen', none: 'german' })

    const again = await on.open('/audience?any=keen,buyers', { key })
    await until(async () => (await figure(again, 'In this audience')) === '18')
    await again.getByText('In all: Buyers + Keen').or(again.getByText('In all: Keen + Buyers')).waitFor()
    await again.getByRole('button', { name: 'Take Keen out' }).click()
    await until(async () => (await figure(again, 'In this audience')) === '6')
    const people = again.getByRole('list', { name: 'Some people of this audience' }).getByRole('listitem')
    await until(async () => (await people.count()) === 6)
    await again.getByRole('button', { name: 'Draw others' }).click()
    await until(async () => (await people.count()) === 6)
  })

  it('plots the size of a segment, and tells who comes in as it happens, and why', async () => {
    const page = await on.open('/segments/buyers?tab=history&span=hour', { key })
    await page.getByRole('img', { name: /6 now/ }).waitFor()
    await page.getByText('6 came in and 0 went out in the last hour.').waitFor()
    await db.owner`INSERT INTO events (tenant_id, name, user_id, properties) VALUES (${tenant}, 'Ordered', 'u1', '{}')`
    const line = page.locator('li.fresh', { hasText: 'Person 1' })
    await line.waitFor()
    await line.getByRole('button', { name: 'Why did that happen?' }).click()
    await line.getByText('turned by what happened').waitFor()
    expect(await line.locator('.detail').innerText()).toContain('Ordered')
  })

  it('tells why on the timeline of a person, and of a label that changed', async () => {
    await db.owner`
INSERT INTO labels (tenant_id, key, name, rule)
VALUES (${tenant}, 'orders', 'Orders', '{"compute": {"of": "count", "event": {"name": "Ordered"}}}')`
    await until(async () => (await db.owner`SELECT FROM labels WHERE backfilled_version = version`).length === 1)
    await db.owner`INSERT INTO events (tenant_id, name, user_id, properties) VALUES (${tenant}, 'Ordered', 'u2', '{}')`
    const [person] = await until(
      () => db.owner<{ id: string }[]>`
SELECT t.profile_id AS id FROM transitions t JOIN segments s ON s.id = t.segment_id AND s.key = 'buyers'
JOIN identifiers i ON i.profile_id = t.profile_id AND i.value = 'u2' WHERE t.kind = 'segment_entered'`,
      (rows) => rows.length === 1,
    )
    const page = await on.open(`/people/${person!.id}`, { key })
    const line = page.getByRole('listitem').filter({ hasText: 'Entered Buyers' })
    await line.getByRole('button', { name: 'Why did that happen?' }).click()
    await line.getByText('turned by what happened').waitFor()

    const label = await on.open('/labels/orders?tab=history', { key })
    const change = label.getByRole('listitem').filter({ hasText: 'Person 2' }).filter({ hasText: '0 → 1' })
    await change.getByRole('button', { name: 'Why did that happen?' }).click()
    await change.getByText('turned by what happened').waitFor()
    expect(await change.locator('.detail').innerText()).toContain('Ordered')
  })

  it('edits by the builder what events share, and that they are strictly in order', async () => {
    const page = await on.open('/segments/new', { key })
    await page.getByRole('button', { name: 'Remove the condition' }).click()
    await page.getByLabel('Add a condition').selectOption('sequence')
    await page.getByLabel('Event', { exact: true }).first().fill('Viewed')
    await page.getByLabel('Event', { exact: true }).last().fill('Ordered')
    await page.getByRole('button', { name: 'All of one' }).click()
    await page.getByLabel('Property they share').fill('cart_id')
    await page.getByLabel('no other event in between').check()
    await page.getByText('Viewed, then Ordered with nothing in between of one cart_id within 7 days').waitFor()
    await page.getByRole('button', { name: 'JSON' }).click()
    expect(JSON.parse(await page.getByLabel('The rule as JSON').inputValue())).toEqual({
      all: [
        { sequence: { steps: [{ name: 'Viewed' }, { name: 'Ordered' }], within: 'P7D', by: 'cart_id', strict: true } },
      ],
    })
  })

  it('shows how far everybody has been looked at while a rule is new', async () => {
    // A walk whose worker is away.
    await db.owner`
INSERT INTO segments (tenant_id, id, key, name, rule, version)
VALUES (${tenant}, '0199ad3c-0000-7000-8000-0000000000c1', 'walking', 'Walking', '{"any": []}', 7)`
    await until(
      async () =>
        (await db.owner`SELECT FROM segments WHERE key = 'walking' AND backfilled_version = version`).length === 1,
    )
    await db.owner`UPDATE backfills SET done = 12, total = 30, finished_at = NULL WHERE definition_id = '0199ad3c-0000-7000-8000-0000000000c1'`
    await db.owner`UPDATE segments SET backfilled_version = 6 WHERE key = 'walking'`
    const page = await on.open('/segments/walking', { key })
    await page.getByText('40 %: looked at 12 of 30 people').waitFor()
    await db.owner`UPDATE backfills SET done = 21 WHERE definition_id = '0199ad3c-0000-7000-8000-0000000000c1'`
    await page.getByText('70 %: looked at 21 of 30 people').waitFor()
    await db.owner`UPDATE segments SET backfilled_version = 7 WHERE key = 'walking'`
    await page.getByText('looked at').waitFor({ state: 'detached' })
  })

  it('installs a template by one click, and shows what it made', async () => {
    const page = await on.open('/templates', { key })
    const install = page.getByRole('button', { name: /^Install / }).first()
    const name = (await install.getAttribute('aria-label'))!.replace('Install ', '')
    const before = (await db.owner`SELECT FROM segments UNION ALL SELECT FROM labels`).length
    await install.click()
    const card = page.locator('.card', { has: page.getByRole('heading', { name, exact: true }) })
    await card.getByText('Installed').waitFor()
    expect((await db.owner`SELECT FROM segments UNION ALL SELECT FROM labels`).length).toBeGreaterThan(before)
    await card.getByRole('link').first().click()
    await page.getByRole('heading', { level: 1 }).waitFor()

    // What is installed can be added once more, under keys that are free and with other parameters.
    await page.goBack()
    await page.getByRole('button', { name: `Add another ${name}`, exact: true }).click()
    const dialog = page.getByRole('dialog')
    expect(
      await dialog
        .getByLabel(/^Key of the/)
        .first()
        .inputValue(),
    ).toMatch(/-2$/)
    await dialog.getByLabel('In how long', { exact: false }).first().fill('P9D')
    await dialog.getByRole('button', { name: 'Install it so' }).click()
    await dialog.waitFor({ state: 'detached' }).catch(() => dialog.waitFor({ state: 'hidden' }))
    const again = await db.owner`SELECT rule::text FROM segments WHERE key LIKE '%-2' ORDER BY created_at DESC`
    expect(again.map(({ rule }) => rule as string).join()).toContain('P9D')

    const reader = await on.open('/templates', { key: 'shop-read' })
    await reader.getByText('Installed').first().waitFor()
    expect(await reader.getByRole('button', { name: /^Install / }).count()).toBe(0)
  })

  it.each(['/audience?any=keen,buyers&none=german', '/templates', '/segments/keen', '/segments/keen?tab=history'])(
    '%s has nothing that assistive technology stumbles over, light and dark, wide and narrow',
    async (path) => {
      for (const looks of [{ width: 1280 }, { width: 390, dark: true }]) {
        const page = await on.open(path, { key, height: 900, ...looks })
        await page.getByRole('heading', { level: 1 }).waitFor()
        await page
          .locator('.waiting')
          .first()
          .waitFor({ state: 'detached' })
          .catch(() => {})
        expect(await faults(page)).toEqual([])
        expect(await tooWide(page)).toBe(0)
      }
    },
  )
})
