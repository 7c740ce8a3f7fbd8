/** Segment's browser SDK, unchanged, in a real browser, on a page of another origin. */
import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { config } from '../../config.ts'
import { findBrowser } from '../../test/browser.ts'
import { testDatabase, until } from '../../test/database.ts'
import { openShop } from '../../test/page.ts'
import { createServer } from '../server.ts'
import { createIngestDoor } from './door.ts'
import { createWriter } from './writer.ts'

const db = await testDatabase()
const tenantId = await db.createTenant('shop')
const writer = createWriter(db.api, config)
const server = createServer({ config, sql: db.api, ingest: createIngestDoor({ sql: db.api, writer, config }) })
const api = `http://127.0.0.1:${await server.listen(0, '127.0.0.1')}`
afterAll(() => server.stop())

it('answers what the SDK asks its CDN, for keys that may write', async () => {
  const settings = await fetch(`${api}/v1/projects/shop-write/settings`)
  expect(settings.headers.get('access-control-allow-origin')).toBe('*')
  expect(await settings.json()).toMatchObject({
    integrations: { 'Segment.io': { apiKey: 'shop-write', apiHost: `${new URL(api).host}/v1`, protocol: 'http' } },
  })
  expect((await fetch(`${api}/v1/projects/nobody/settings`)).status).toBe(401)
  expect((await fetch(`${api}/v1/projects/shop-read/settings`)).status).toBe(403)
  expect((await fetch(`${api}/v1/projects/%E0%A4%A/settings`)).status).toBe(404)
  expect((await fetch(`${api}/v1/m`, { method: 'POST', body: '{"series": []}' })).status).toBe(200)
})

const browserPath = findBrowser()
describe.skipIf(!browserPath)('@segment/analytics-next', async () => {
  const shop = await openShop(browserPath ?? '')
  afterAll(() => shop.close())
  const bundle = (file: string) =>
    readFileSync(new URL(`../../node_modules/@segment/analytics-next/dist/umd/${file}`, import.meta.url), 'utf8')
  shop.serve('/sdk.js', bundle('index.js'))

  it.each(['standard', 'batching'])('sends every kind of call (%s)', async (strategy) => {
    await db.owner`DELETE FROM events`
    shop.serve(
      '/',
      `<!doctype html><title>Shop</title><script src="/sdk.js"></script><script>
const { AnalyticsBrowser } = window.AnalyticsNext ?? window
const integrations = { 'Segment.io': { deliveryStrategy: { strategy: '${strategy}', config: { size: 3, timeout: 200 } } } }
window.sdk = AnalyticsBrowser.load({ writeKey: 'shop-write', cdnURL: '${api}' }, { integrations })
sdk.page('Docs', 'Pricing')
sdk.track('Order Completed', { total: 12.5 })
sdk.alias('ada', 'ada-of-old') // before identify, or the SDK says the identified user instead
sdk.identify('ada', { email: 'Ada@example.com' })
sdk.group('acme', { name: 'Acme' })
sdk.screen('Cart')
</script>`,
    )
    const page = await shop.open(shop.origins.shop)
    const failures: string[] = []
    page.on('pageerror', (error) => failures.push(error.message))
    const rows = await until(
      () => db.owner`SELECT * FROM events WHERE tenant_id = ${tenantId}`,
      (found) => found.length === 6,
    )
    const of = (type: string) => rows.find((row) => row.type === type)
    expect(of('page')).toMatchObject({ properties: { category: 'Docs', name: 'Pricing', path: '/', title: 'Shop' } })
    expect(of('track')).toMatchObject({
      name: 'Order Completed',
      properties: { total: 12.5 },
      context: { page: { path: '/' } },
    })
    expect(of('identify')).toMatchObject({ user_id: 'ada', identifiers: { email: 'ada@example.com' } })
    expect(of('group')).toMatchObject({ properties: { groupId: 'acme' }, traits: { name: 'Acme' } })
    expect(of('alias')).toMatchObject({ user_id: 'ada', properties: { previousId: 'ada-of-old' } })
    expect(of('screen')).toMatchObject({ properties: { name: 'Cart' } })
    expect(failures).toEqual([])
    await page.close()
    await shop.forget()
  })
})
