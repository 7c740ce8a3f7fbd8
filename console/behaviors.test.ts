/** Behaviors and the gate, in the console. */
import { describe, expect, it } from 'vitest'
import { findBrowser } from '../test/browser.ts'
import { faults, stage, tooWide } from '../test/console.ts'
import { testDatabase, until } from '../test/database.ts'
import { graphql } from '../test/graphql.ts'

const browser = findBrowser()

describe.skipIf(!browser)('behaviors and the gate in a browser', async () => {
  if (!browser) return
  const db = await testDatabase()
  const tenant = await db.createTenant('shop')
  const on = await stage(db, browser)
  const key = 'shop-admin'
  const ask = graphql(db.api)(key)
  await db.owner`
INSERT INTO events (tenant_id, name, user_id, properties, occurred_at)
SELECT ${tenant}, name, 'u' || n, jsonb_build_object('total', CASE WHEN n < 3 THEN '"a lot"'::jsonb ELSE to_jsonb(n) END,
  'currency', CASE WHEN n % 2 = 0 THEN 'EUR' ELSE 'USD' END, 'products', jsonb_build_array(jsonb_build_object('sku', 'a' || n))), now() - n * interval '1 min'
FROM generate_series(1, 30) AS n, unnest(ARRAY['Order Completed', 'Product Viewed']) AS name`
  await db.owner`INSERT INTO sources (tenant_id, name) VALUES (${tenant}, 'Website')`

  it('makes a behavior of a suggestion, says which events it would refuse, and goes by it', async () => {
    const page = await on.open('/data?tab=behaviors', { key })
    await page.getByRole('button', { name: 'Look at the events' }).click()
    await page.getByRole('link', { name: 'Define it: Order Completed' }).click()
    await page.getByRole('heading', { name: 'New behavior' }).waitFor()
    await expect.poll(() => page.getByLabel('Key', { exact: true }).count()).toBe(3)
    await page.getByRole('button', { name: 'Property of Order Completed' }).click()
    await page.getByLabel('Key', { exact: true }).last().fill('total')
    await page.getByLabel('Type of total').selectOption('number')
    await page.getByLabel(/^Mode/).selectOption('STRICT')
    await page.getByRole('button', { name: 'Try it' }).click()
    await page.getByText('2 of 30 events are not as it says.').waitFor()
    await page.getByRole('cell', { name: 'properties.total' }).waitFor()
    await page.getByRole('button', { name: 'Define the behavior' }).click()
    await page.getByRole('heading', { name: 'Order Completed' }).waitFor()

    const { data } = await ask('{ behaviors { nodes { name mode schema } } }')
    expect(data.behaviors.nodes).toMatchObject([{ name: 'Order Completed', mode: 'STRICT' }])
    expect(data.behaviors.nodes[0].schema).toContainEqual({ key: 'total', type: 'number' })
    const send = 'mutation ($e: [EventInput!]!) { sendEvents(input: {events: $e}) { stored dead { code } } }'
    const event = (total: unknown) => ({
      event: 'Order Completed',
      userId: 'u1',
      properties: { currency: 'EUR', products: [{ sku: 'x' }], total },
    })
    expect((await ask(send, { e: [event(3), event('x')] })).data.sendEvents).toMatchObject({ stored: 1, dead: [{}] })
    await page.reload()
    await page.getByRole('cell', { name: 'of another type' }).waitFor()

    await page.getByRole('link', { name: 'Behaviors' }).click()
    await page.getByText('Behaviors, last 7 days').waitFor()
    await page
      .getByRole('row', { name: /Order Completed/ })
      .getByText('strict')
      .waitFor()
  })

  it('changes what the gate does, and says what was wrong', async () => {
    const page = await on.open('/data?tab=gate', { key })
    await page.getByLabel(/^Bots/).selectOption('DROP')
    await page.getByLabel(/^Addresses/).fill('192.0.2.0/24\nnonsense')
    await page.getByRole('button', { name: 'Rule', exact: true }).click()
    await page.getByLabel('Path').fill('traits.ssn')
    await page.getByLabel('What becomes of traits.ssn').selectOption('HASH')
    await page.getByRole('button', { name: 'Save' }).first().click()
    await page.getByRole('alert').getByText('GATE_INVALID').waitFor()
    await page.getByLabel(/^Addresses/).fill('192.0.2.0/24')
    await page.getByRole('button', { name: 'Save' }).first().click()
    await page.getByText('Every door goes by it').waitFor()
    await page.getByLabel('Purpose of Website').fill('analytics')
    await page.getByRole('button', { name: 'Save' }).last().click()
    const settings = async () =>
      (await ask('{ gate { bots internalNetworks personalData { path action } } sources { nodes { purpose } } }')).data
    await until(settings, ({ sources }) => sources.nodes[0].purpose === 'analytics')
    expect((await settings()).gate).toEqual({
      bots: 'DROP',
      internalNetworks: ['192.0.2.0/24'],
      personalData: [{ path: 'traits.ssn', action: 'HASH' }],
    })
  })

  it('has no fault that axe calls serious, light, dark and on a phone', async () => {
    const { data } = await ask('{ behaviors { nodes { id } } }')
    const paths = ['/data?tab=behaviors', `/data/behaviors/${data.behaviors.nodes[0].id}`, '/data?tab=gate']
    for (const looks of [{}, { dark: true }, { width: 390 }]) {
      for (const path of paths) {
        const page = await on.open(path, { key, ...looks })
        await page.getByRole('heading', { level: 2 }).nth(1).waitFor()
        await expect.poll(() => page.locator('.waiting').count(), { timeout: 20_000 }).toBe(0)
        expect(await faults(page), `${path} ${JSON.stringify(looks)}`).toEqual([])
        expect(await tooWide(page), `${path} ${JSON.stringify(looks)} is wider than its window`).toBe(0)
      }
    }
  }, 120_000)
})
