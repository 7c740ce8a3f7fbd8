/** Behaviors and the gate, in the console. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { afterEach, describe, expect, it } from 'vitest'
import { findBrowser } from '../test/browser.ts'
import { stage } from '../test/console.ts'
import { testDatabase, until } from '../test/database.ts'
import { graphql } from '../test/graphql.ts'

const browser = findBrowser()
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
/** A folder to look at the pages in. */
const shots = process.env.SHOTS

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

  afterEach(async () => {
    const complaints = on.complaints()
    await on.clear()
    if (complaints.length > 0) throw new Error(`The browser complained:\n${complaints.join('\n')}`)
  })

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
    await look(page, 'behavior-new')
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
    await look(page, 'behavior')

    await page.getByRole('link', { name: 'Behaviors' }).click()
    await page.getByText('Behaviors, last 7 days').waitFor()
    await page
      .getByRole('row', { name: /Order Completed/ })
      .getByText('strict')
      .waitFor()
    await look(page, 'behaviors')
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
    await look(page, 'gate')
  })

  it('has no fault that axe calls serious, light, dark and on a phone', async () => {
    const { data } = await ask('{ behaviors { nodes { id } } }')
    const paths = ['/data?tab=behaviors', `/data/behaviors/${data.behaviors.nodes[0].id}`, '/data?tab=gate']
    for (const looks of [{}, { dark: true }, { width: 390 }]) {
      for (const path of paths) {
        const page = await on.open(path, { key, ...looks })
        await page.getByRole('heading', { level: 2 }).nth(1).waitFor()
        await expect.poll(() => page.locator('.waiting').count(), { timeout: 20_000 }).toBe(0)
        const name = `${path.replace(/\W+/g, '-').slice(0, 30)}${JSON.stringify(looks).replace(/\W+/g, '-')}`
        await look(page, name)
        expect(await faults(page), `${path} ${JSON.stringify(looks)}`).toEqual([])
        const wide = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        )
        expect(wide, `${path} ${JSON.stringify(looks)} is wider than its window`).toBeLessThanOrEqual(0)
      }
    }
  }, 120_000)
})

async function look(page: Page, name: string): Promise<void> {
  if (shots) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true })
}

/** What axe-core finds on a page and calls serious or critical. */
async function faults(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  return page.evaluate(async () => {
    const { violations } = await (globalThis as any).axe.run(document, {
      resultTypes: ['violations'],
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
    })
    return violations
      .filter(({ impact }: any) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }: any) => `${id}: ${nodes.map((node: any) => node.html).join(' ')}`)
  })
}
