import { gzipSync } from 'node:zlib'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { config } from '../../config.ts'
import { findBrowser } from '../../test/browser.ts'
import { testDatabase, until } from '../../test/database.ts'
import { openShop } from '../../test/page.ts'
import { createIngestDoor } from '../ingest/door.ts'
import { createWriter } from '../ingest/writer.ts'
import { createServer } from '../server.ts'
import { readSnippet } from './index.ts'

const db = await testDatabase()
await db.createTenant('shop')
const writer = createWriter(db.api, config)
const server = createServer({ config, sql: db.api, ingest: createIngestDoor({ sql: db.api, writer, config }) })
const api = `http://127.0.0.1:${await server.listen(0, '127.0.0.1')}`
afterAll(() => server.stop())

it('stays below 4 kB of gzip', () => {
  expect(gzipSync(readSnippet(), { level: 9 }).length).toBeLessThan(4096)
})

it('is served zipped and plain, and not again to who has it', async () => {
  const get = (headers: Record<string, string>) => fetch(`${api}/kith.js`, { headers })
  const zipped = await get({ 'accept-encoding': 'gzip' })
  expect(zipped.headers.get('content-encoding')).toBe('gzip')
  const plain = await get({ 'accept-encoding': 'identity' })
  expect(plain.headers.get('content-encoding')).toBeNull()
  expect(await plain.text()).toBe(readSnippet())
  expect(await zipped.text()).toBe(readSnippet())
  expect((await get({ 'if-none-match': plain.headers.get('etag')! })).status).toBe(304)
})

const browserPath = findBrowser()
describe.skipIf(!browserPath)('in a browser', async () => {
  const shop = await openShop(browserPath ?? '')
  afterAll(() => shop.close())
  beforeEach(async () => {
    await shop.forget()
    await db.owner`DELETE FROM events`
    await db.owner`DELETE FROM event_ids`
  })

  const html = (body: string, attributes = '') => `<!doctype html><title>Shop</title>
<script>window.kith = window.kith || []; kith.push(['track', 'Early', { n: 1 }])</script>
<script src="${api}/kith.js" data-key="shop-write" data-flush="20" ${attributes}></script>${body}`

  const events = () => db.owner`SELECT * FROM events ORDER BY occurred_at, id`
  const names = async () => (await events()).map((event) => event.name as string)
  const arrived = (...wanted: string[]) => until(names, (found) => JSON.stringify(found) === JSON.stringify(wanted))

  it('tells of page views, marked clicks, forms and moves without loading, in one person’s name', async () => {
    shop.serve(
      '/',
      html(`
<button data-kith-click="Added" data-kith-sku="a-1" data-kith-in-stock="yes"> Add <b id="inner">it</b></button>
<form name="newsletter" action="/thanks" onsubmit="event.preventDefault()"><input name="secret" value="hunter2"><button id="send">Send</button></form>`),
    )
    const page = await shop.open(`${shop.origins.shop}/?utm=x`)
    await arrived('page', 'Early')
    await page.click('#inner')
    await page.click('#send')
    await arrived('page', 'Early', 'Added', 'Form Submitted')
    await page.evaluate(
      "history.pushState(null, '', '/pricing'); kith.identify('ada', { email: 'Ada@example.com' }); kith.track('Video', { s: 1 })",
    )
    await until(names, (found) => found.length === 7)

    const rows = await events()
    const byName = (name: string) => rows.filter((row) => row.name === name)
    expect(
      byName('page')
        .map((row) => (row.properties as { path: string }).path)
        .sort(),
    ).toEqual(['/', '/pricing'])
    expect(byName('page')[0]).toMatchObject({
      properties: { title: 'Shop', search: '?utm=x' },
      context: { page: { path: '/' }, library: { name: 'kith.js' } },
    })
    expect(byName('Added')[0]!.properties).toEqual({ sku: 'a-1', inStock: 'yes', text: 'Add it' })
    expect(byName('Form Submitted')[0]!.properties).toEqual({
      form: 'newsletter',
      action: `${shop.origins.shop}/thanks`,
    })
    expect(byName('identify')[0]).toMatchObject({ user_id: 'ada', identifiers: { email: 'ada@example.com' } })
    expect(byName('Video')[0]).toMatchObject({ user_id: 'ada' })
    expect(new Set(rows.map((row) => row.anonymous_id)).size).toBe(1)
    expect(JSON.stringify(rows)).not.toContain('hunter2')
  })

  it('loses nothing when the page is left at once', async () => {
    shop.serve('/', html('<a href="/next">next</a>', 'data-flush="60000"'))
    shop.serve('/next', '<!doctype html><title>Next</title>')
    const page = await shop.open(shop.origins.shop)
    await page.evaluate("kith.track('Last words')")
    await page.click('a')
    expect(await arrived('page', 'Early', 'Last words')).toHaveLength(3)
  })

  it('keeps what happens without a network, and sends it once there is one, once', async () => {
    shop.serve('/', html(''))
    const first = await shop.open(shop.origins.shop)
    await arrived('page', 'Early')
    const { context } = await shop.browser()
    await context.setOffline(true)
    await first.evaluate("kith.track('Offline'); kith.flush()")
    await context.setOffline(false)
    await arrived('page', 'Early', 'Offline')

    // And when nobody answers, until another page comes: the API is somewhere else for a while.
    await context.route(`${api}/v1/**`, (route) => route.abort())
    await first.evaluate("kith.track('Unheard'); kith.flush()")
    await until(() =>
      first.evaluate<boolean>(
        "Object.keys(localStorage).some((key) => key.startsWith('kith.queue.') && localStorage[key].includes('Unheard'))",
      ),
    )
    await first.close()
    await context.unroute(`${api}/v1/**`)
    await shop.open(shop.origins.shop)
    await until(names, (found) => found.includes('Unheard') && found.length === 6)
    expect((await names()).filter((name) => name === 'Unheard')).toHaveLength(1)
  })

  it('remembers and sends nothing without consent where that is required, and forgets when it is taken back', async () => {
    shop.serve('/', html('', 'data-consent="required"'))
    const page = await shop.open(shop.origins.shop)
    const requests: string[] = []
    page.on('request', (request) => requests.push(request.url()))
    await page.evaluate("kith.track('Secret'); kith.flush()")
    expect(await page.evaluate('Object.keys(localStorage)')).toEqual([])
    await page.evaluate('kith.consent(true)')
    await arrived('page')
    expect((await events())[0]!.context).toMatchObject({ consent: { granted: true } })
    await page.evaluate("kith.consent(false); kith.track('Secret again'); kith.flush()")
    expect(await page.evaluate('Object.keys(localStorage)')).toEqual(['kith.consent'])
    expect(requests.filter((url) => url.startsWith(api))).toHaveLength(1)
    expect(await names()).toEqual(['page'])
  })

  it('takes the anonymous id along to another domain of ours, and to no other', async () => {
    const attributes = `data-domains="${new URL(shop.origins.till).hostname}"`
    shop.serve(
      '/',
      html(
        `<a id="ours" href="${shop.origins.till}/till">pay</a><a id="other" href="http://127.0.0.1:1/x" onclick="event.preventDefault()">x</a>`,
        attributes,
      ),
    )
    shop.serve('/till', html('', attributes))
    const page = await shop.open(shop.origins.shop)
    await page.click('#other')
    expect(await page.getAttribute('#other', 'href')).not.toContain('kith_id')
    await page.click('#ours')
    await page.waitForURL('**/till*')
    await until(names, (found) => found.length === 4)
    const rows = await events()
    expect(new Set(rows.map((row) => row.anonymous_id)).size).toBe(1)
    expect(page.url()).toBe(`${shop.origins.till}/till`)
    // A link that somebody passed on later is not believed.
    await shop.forget()
    const id = `${rows[0]!.anonymous_id as string}.${(Date.now() - 3_600_000).toString(36)}`
    const late = await shop.open(`${shop.origins.till}/till?kith_id=${id}`)
    await until(names, (found) => found.length === 6)
    expect(new Set((await events()).map((row) => row.anonymous_id)).size).toBe(2)
    expect(late.url()).toBe(`${shop.origins.till}/till`)
  })
})
