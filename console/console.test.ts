import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { testDatabase, until } from '../test/database.ts'
import { findBrowser } from '../test/browser.ts'
import { faults, stage, tooWide } from '../test/console.ts'

const browser = findBrowser()

describe.skipIf(!browser)('the console in a browser', async () => {
  if (!browser) return
  const db = await testDatabase()
  const tenant = await db.createTenant('shop')
  const on = await stage(db, browser)
  const key = 'shop-admin'

  // By any door: the platform is whole, and finds out by itself who that is.
  await db.owner`
INSERT INTO events (tenant_id, type, name, user_id, anonymous_id, identifiers, properties, occurred_at) VALUES
  (${tenant}, 'track', 'Pricing Viewed', 'u-1', 'a-1', '{"email": "ada@example.com"}', '{"plan": "pro"}', now() - interval '5 min'),
  (${tenant}, 'track', 'Form Sent', 'u-1', 'a-2', NULL, '{}', now() - interval '4 min')`
  await db.owner`
INSERT INTO leads (tenant_id, email) SELECT ${tenant}, 'someone.' || n || '@example.com' FROM generate_series(0, 29) AS n`
  await until(async () => (await db.owner`SELECT FROM profiles`).length === 31)

  it('lets in who has a key, tells who has not, and forgets the key at sign-out', async () => {
    const page = await on.open('/')
    await page.getByText('With an API key').click()
    await page.getByLabel('API key').fill('nonsense')
    await page.getByRole('button', { name: 'Use the key' }).click()
    await page.getByRole('alert').getByText('KEY_UNKNOWN').waitFor()
    // A browser logs every answer of 401 in its console.
    expect(on.complaints().every((text) => text.includes('401'))).toBe(true)

    await page.getByLabel('API key').fill(key)
    await page.getByLabel('API key').press('Enter')
    await page.getByRole('navigation', { name: 'Pages' }).waitFor()
    expect(await page.evaluate(() => sessionStorage.getItem('kith.key'))).toBe(key)

    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Password').waitFor()
    expect(await page.evaluate(() => sessionStorage.length + localStorage.length)).toBe(0)
    on.complaints()
  })

  it('finds a person by an identifier, keeps the search in the address, and opens the profile', async () => {
    const page = await on.open('/people', { key })
    await page.getByText(/3\d people/).waitFor()
    await page.getByRole('searchbox').fill('ADA@exam')
    await page.getByText('1 person').waitFor()
    expect(new URL(page.url()).search).toBe('?q=ADA%40exam')

    await page.getByRole('link', { name: 'ada@example.com' }).click()
    await page.getByRole('heading', { name: 'ada@example.com' }).waitFor()
    await page.getByRole('button', { name: /Pricing Viewed/ }).click()
    await page.getByText('"plan": "pro"').waitFor()

    await page.getByRole('link', { name: /^Identity/ }).click()
    await page.getByRole('img', { name: /is named by .*User id u-1/ }).waitFor()
    const again = await on.open(new URL(page.url()).pathname + new URL(page.url()).search, { key })
    await again.getByRole('button', { name: 'Why does a-2 belong here?' }).waitFor()
  })

  it('pages through people and comes back', async () => {
    const page = await on.open('/people?order=old', { key })
    const first = await page.locator('tbody a').first().innerText()
    await page.getByRole('link', { name: 'Next page' }).click()
    await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 6)
    await page.getByRole('link', { name: 'Previous page' }).click()
    await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 25)
    expect(await page.locator('tbody a').first().innerText()).toBe(first)
    await page.goBack()
    await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 6)
  })

  it('is used by keyboard alone: find, choose, open, go to a page', async () => {
    const page = await on.open('/', { key })
    await page.getByRole('navigation', { name: 'Pages' }).waitFor()
    await page.keyboard.press('Control+k')
    await page.keyboard.type('someone.7')
    await page.getByRole('option', { name: /someone\.7@/ }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'someone.7@example.com' }).waitFor()
    await page.keyboard.press('g')
    await page.keyboard.press('p')
    await page.getByRole('heading', { name: 'People' }).waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor({ state: 'hidden' })
    expect(new URL(page.url()).pathname).toBe('/people')
  })

  it('makes a segment with the builder, and tells on the home page who enters it, without a reload', async () => {
    const page = await on.open('/segments', { key })
    await page.getByRole('link', { name: 'New segment' }).click()
    await page.getByLabel('Name', { exact: true }).fill('Looked at prices')
    await page.getByLabel('Event', { exact: true }).fill('Pricing Viewed')
    await page.getByLabel('Within: how many').fill('1')
    await page.getByRole('button', { name: 'With a property' }).click()
    await page.getByLabel('Property', { exact: true }).fill('seats')
    await page.getByLabel('Operator').selectOption('gte')
    await page.getByLabel('Value', { exact: true }).fill('5')
    await page.getByText('at least 1 × Pricing Viewed with seats is at least 5 within 1 day').waitFor()
    await page.getByRole('button', { name: 'Make the segment' }).click()
    await page.getByRole('heading', { name: 'Looked at prices' }).waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
    const [stored] = await db.owner`SELECT key, rule FROM segments`
    expect(stored).toMatchObject({
      key: 'looked_at_prices',
      rule: { all: [{ event: { name: 'Pricing Viewed', within: 'P1D', where: [{ path: 'seats', gte: 5 }] } }] },
    })

    const home = await on.open('/', { key })
    await home.getByText('Live', { exact: true }).waitFor()
    const shown = async () =>
      Number((await home.locator('.figure', { hasText: 'People known' }).innerText()).replace(/\D/g, ''))
    const known = async () => {
      const [row] =
        await db.owner`SELECT count(*)::int FROM profiles WHERE merged_into IS NULL AND tenant_id = ${tenant}`
      return row!.count as number
    }
    await until(async () => (await shown()) === (await known()))
    const before = await known()
    await fetch(`${on.url}/v1/track`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa('shop-write:')}`, 'content-type': 'application/json' },
      body: JSON.stringify({ userId: 'grace', event: 'Pricing Viewed', properties: { seats: 7 } }),
    })
    const entry = home.getByRole('listitem').filter({ hasText: 'grace' })
    await entry.getByRole('link', { name: 'Looked at prices' }).waitFor()
    expect(await entry.innerText()).toMatch(/entered/)
    await until(async () => (await shown()) === before + 1)
    await home
      .getByRole('listitem')
      .filter({ hasText: /^Looked at prices\s*1$/ })
      .waitFor()

    await page.getByRole('link', { name: 'grace' }).waitFor()
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download CSV' }).click(),
    ])
    expect(file.suggestedFilename()).toBe('looked_at_prices.csv')
    const lines = readFileSync(await file.path(), 'utf8').split('\r\n')
    expect(lines[0]).toBe('id,name,email,user_id,phone,in_since,last_seen')
    expect(lines.slice(1).join('\n')).toMatch(/^[0-9a-f-]{36},grace,,grace,,2\d{3}-.*Z,2\d{3}-.*Z\n$/)
    await page.getByRole('link', { name: 'In and out' }).click()
    await page.getByText('because of what happened').waitFor()

    await page.goto(`${on.url}/segments/looked_at_prices?asOf=2026-01-01T12:00`)
    expect(await page.locator('.empty').textContent()).toBe('Nobody was in it then')
  })

  it('explains why somebody is in a segment, and why somebody is not, with the events that prove it', async () => {
    const page = await on.open('/segments/looked_at_prices', { key })
    await page.getByRole('row', { name: /grace/ }).getByRole('link', { name: 'Why is this person in it?' }).click()
    await page.getByRole('heading', { name: 'Why is grace in Looked at prices?' }).waitFor()
    await page.getByRole('button', { name: '1 proof' }).click()
    await page.locator('.proofs').getByText('seats: 7').waitFor()

    await page.goto(`${on.url}/people?q=ada@`)
    await page.getByRole('link', { name: 'ada@example.com' }).click()
    await page.getByLabel('Why not in another segment?').selectOption('Looked at prices')
    await page.getByRole('heading', { name: 'Why is ada@example.com not in Looked at prices?' }).waitFor()
    expect(await page.getByText('Does not hold:').count()).toBe(2)
  })

  it('tells why identifiers are one person, splits one off, and undoes that from the merge history', async () => {
    const page = await on.open('/people?q=u-1', { key })
    await page.getByRole('link', { name: 'ada@example.com' }).click()
    await page.getByRole('link', { name: /^Identity/ }).click()
    await page.getByRole('button', { name: 'Why does a-2 belong here?' }).click()
    await page.getByText('first in Form Sent').waitFor()

    await page.getByLabel('Choose a-2').check()
    await page.getByRole('button', { name: 'Split off 1 identifier' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Split off' }).click()
    await page.getByRole('heading', { name: 'Visitor a-2' }).waitFor()
    await page.getByText('Parted from another profile by hand').waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByRole('button', { name: 'Make them one' }).click()
    await page.getByText('Undone.').waitFor()
    const [identifier] = await db.owner`
SELECT p.traits ->> 'email' AS email FROM identifiers i JOIN profiles p ON p.id = i.profile_id WHERE i.value = 'a-2'`
    expect(identifier!.email ?? 'ada@example.com').toBe('ada@example.com')
    const again = await on.open('/people?q=a-2', { key })
    await again.getByRole('link', { name: 'ada@example.com' }).waitFor()
  })

  it('makes two people one by hand, and keeps the reason', async () => {
    const page = await on.open('/people?q=someone.3@', { key })
    await page.getByRole('link', { name: 'someone.3@example.com' }).click()
    await page.getByRole('button', { name: 'Merge' }).click()
    await page.getByLabel('Find the other one').fill('someone.4@')
    await page.getByLabel('Reason').fill('Said so on the phone')
    await page.getByRole('button', { name: 'Make them one' }).click()
    await page.getByRole('link', { name: /^Identity/ }).click()
    await page.getByText('Said so on the phone').waitFor()
    expect(await page.getByText('someone.4@example.com').count()).toBeGreaterThan(0)
  })

  it('refuses a rule that does not fit, and says where', async () => {
    const page = await on.open('/segments/new', { key })
    await page.getByLabel('Name', { exact: true }).fill('Broken')
    await page.getByRole('button', { name: 'JSON' }).click()
    await page.getByLabel('The rule as JSON').fill('{"event": {"nom": "x"}}')
    await page.getByRole('button', { name: 'Make the segment' }).click()
    expect(await page.getByRole('alert').innerText()).toContain('RULE_INVALID')
  })

  it('lets a key that may only read look, and offers it nothing else', async () => {
    const page = await on.open('/segments', { key: 'shop-read' })
    await page.getByRole('link', { name: 'Looked at prices' }).click()
    await page.getByRole('link', { name: 'Rule', exact: true }).click()
    await page.getByText('This key may look, but not change.').waitFor()
    expect(await page.getByRole('button', { name: /Save|Pause|Archive|New/ }).count()).toBe(0)
  })

  it('makes a label by cases, and shows whom it has a value for', async () => {
    const page = await on.open('/labels/new', { key })
    await page.getByLabel('Name', { exact: true }).fill('Interest')
    await page.getByLabel('Value', { exact: true }).fill('prices')
    await page.getByLabel('Event', { exact: true }).fill('Pricing Viewed')
    await page.getByRole('button', { name: 'Make the label' }).click()
    await page.getByRole('row', { name: /ada@example\.com prices/ }).waitFor()
    await page.getByRole('link', { name: 'ada@example.com' }).click()
    await page.getByText('Interest became prices').waitFor()
    expect(new URL(page.url()).pathname).toMatch(/^\/people\/[0-9a-f-]{36}$/)
  })

  it('shows an account with its people, its records and what it is part of', async () => {
    await db.owner`
WITH parent AS (INSERT INTO accounts (tenant_id, name) VALUES (${tenant}, 'Engines Holding') RETURNING id),
account AS (INSERT INTO accounts (tenant_id, name, domain, parent_id) SELECT ${tenant}, 'Analytical Engines', 'engines.example', id FROM parent RETURNING id),
contract AS (INSERT INTO contracts (tenant_id, account_id, name, status) SELECT ${tenant}, id, 'Support for the engine', 'active' FROM account)
INSERT INTO contacts (tenant_id, account_id, email, first_name, last_name) SELECT ${tenant}, id, 'ada@example.com', 'Ada', 'Lovelace' FROM account`
    await until(
      async () => (await db.owner`SELECT FROM profiles WHERE traits ->> 'lastName' = 'Lovelace'`).length === 1,
    )
    const page = await on.open('/accounts', { key })
    await page.getByRole('link', { name: /Analytical Engines/ }).click()
    await page.getByRole('link', { name: 'Ada Lovelace' }).click()
    await page
      .getByRole('definition')
      .filter({ hasText: /^LovelaceCRM contact, / })
      .waitFor()
    await page.goBack()
    await page.getByText('Support for the engine').waitFor()
    await page.getByRole('list').getByRole('link', { name: 'Engines Holding' }).click()
    await page.getByRole('link', { name: 'Analytical Engines' }).waitFor()
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toContain('Engines Holding')
  })

  it('makes a key that is told once, and revokes it', async () => {
    const page = await on.open('/settings', { key })
    await page.getByRole('button', { name: 'New key' }).click()
    await page.getByRole('textbox', { name: /^Name/ }).fill('Website')
    await page.getByRole('button', { name: 'Make the key' }).click()
    const made = await page.getByText(/^kith_/).innerText()
    const track = () =>
      fetch(`${on.url}/v1/track`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`${made}:`)}`, 'content-type': 'application/json' },
        body: JSON.stringify({ userId: 'u-1', event: 'Key Tried' }),
      })
    expect((await track()).status).toBe(200)
    await page.getByRole('button', { name: 'I have it' }).click()

    await page
      .getByRole('row', { name: /Website/ })
      .getByRole('button', { name: 'Revoke' })
      .click()
    await page.getByRole('button', { name: 'Revoke the key' }).click()
    await page
      .getByRole('row', { name: /Website/ })
      .getByText('revoked')
      .waitFor()
    await until(async () => (await track()).status === 401)
  })

  it('mends a dead letter, says at once whether it would be taken, and sends it again', async () => {
    await fetch(`${on.url}/v1/track`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa('shop-write:')}`, 'content-type': 'application/json' },
      body: JSON.stringify({ event: 'Belongs To Nobody' }),
    })
    const page = await on.open('/data', { key })
    await page.getByRole('row', { name: /Keys without a source/ }).waitFor()
    await page.getByRole('link', { name: /Dead letters 1/ }).click()
    await page.getByRole('button', { name: /EVENT_WITHOUT_PERSON/ }).click()
    await page.getByRole('button', { name: 'Mend' }).click()
    const payload = page.getByRole('textbox', { name: 'Payload' })
    await page.getByRole('button', { name: 'Save and check' }).click()
    await page.getByText('It would still be refused').waitFor()
    await payload.fill(JSON.stringify({ event: 'Belongs To Somebody', userId: 'u-1' }))
    await page.getByRole('button', { name: 'Save and send again' }).click()
    await page.getByText('1 letter sent again and taken.').waitFor()
    await page.getByText('Nothing was refused').waitFor()
    await page.getByRole('link', { name: 'Events' }).click()
    await page.getByRole('button', { name: /Belongs To Somebody/ }).click()
    expect(await db.owner`SELECT FROM events WHERE name = 'Belongs To Somebody'`).toHaveLength(1)
  })

  it('retries, puts off and discards jobs, and shows why they failed', async () => {
    // Jobs of a task that no worker here knows stay where they are.
    const add = (name: string) => db.worker`
SELECT graphile_worker.add_job('unknown', ${[{ tenant, people: [{ ids: { user_id: name } }] }] as never}::json, ${`react:${tenant}`}, max_attempts => 1)`
    for (const name of ['first', 'second']) await add(name)
    await db.owner`INSERT INTO consumers (tenant_id, name, acknowledged, acknowledged_at)
SELECT tenant_id, 'mailer', last_seq, now() FROM feed_heads WHERE tenant_id = ${tenant}`
    await db.worker`
UPDATE graphile_worker._private_jobs SET attempts = 1, last_error = 'it broke' || chr(10) || 'at the place' WHERE payload::text LIKE '%first%'`

    const page = await on.open('/jobs?state=failed', { key })
    await page.getByRole('button', { name: /unknown Failed it broke/ }).click()
    await page.getByText('at the place').waitFor()
    await page.getByText('1 person, first first').waitFor()
    await page.locator('.detail').getByRole('button', { name: 'Retry' }).click()
    await page.getByText('1 job will be tried again.').waitFor()
    await page.getByText('Nothing has failed').waitFor()

    // Narrowed to one task, the list and the plots are about it alone, and the address says so.
    await page.getByRole('row', { name: /^unknown 2 / }).click()
    expect(new URL(page.url()).search).toBe('?state=failed&task=unknown')
    await page.getByRole('heading', { name: 'Jobs a minute: unknown' }).waitFor()
    await page.getByRole('link', { name: 'All', exact: true }).click()
    await page.getByRole('button', { name: /unknown Trying again/ }).waitFor()
    await page.getByLabel('Choose all of these').check()
    await page.locator('.bulk').getByRole('button', { name: 'Put off' }).click()
    await page.getByLabel('Not before').fill('2098-01-02T03:04')
    await page.getByRole('dialog').getByRole('button', { name: 'Put off' }).click()
    await page.getByText(/2 jobs put off to .*2098/).waitFor()
    await page.getByRole('link', { name: /^Scheduled 1/ }).waitFor()
    await page.getByLabel('Choose all of these').check()
    await page.locator('.bulk').getByRole('button', { name: 'Discard' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click()
    await page.getByText('2 jobs discarded.').waitFor()
    expect(await db.worker`SELECT FROM graphile_worker.jobs WHERE task_identifier = 'unknown'`).toHaveLength(0)
    await page
      .getByRole('img', { name: /Jobs done and failed/ })
      .locator('canvas')
      .waitFor()

    await page.getByText('up to date').waitFor()
    const reader = await on.open('/jobs', { key: 'shop-read' })
    await reader.getByText('You may not see the jobs').waitFor()
  })

  it('offers every page on a phone, all in one sight', async () => {
    const page = await on.open('/', { key, width: 390, height: 800 })
    await page.getByRole('button', { name: 'More' }).click()
    const all = page.getByRole('dialog', { name: 'All pages' }).getByRole('link')
    await all.last().waitFor()
    expect(await all.allInnerTexts()).toEqual(
      expect.arrayContaining(['Home', 'Worker jobs', 'SQL', 'GraphQL explorer']),
    )
    const last = (await all.last().boundingBox())!
    expect(last.y + last.height).toBeLessThan(800)
    expect(await faults(page)).toEqual([])
    await page.getByRole('link', { name: 'SQL', exact: true }).click()
    await page.getByRole('heading', { name: 'SQL', exact: true }).waitFor()
    expect(await page.getByRole('dialog', { name: 'All pages' }).count()).toBe(0)
  })

  it('does it to all that are listed, leaves alone what runs, and shows it to another operator at once', async () => {
    await db.worker`
SELECT graphile_worker.add_jobs(array_agg(('unknown', '[]', ${`react:${tenant}`}::text, now() + interval '9 years', null, null, null, null)::graphile_worker.job_spec))
FROM generate_series(1, 45)`
    const page = await on.open('/jobs?state=scheduled', { key })
    const another = await on.open('/jobs', { key })
    await another.getByRole('link', { name: /^Scheduled 45/ }).waitFor()
    const [job] = await db.worker`
UPDATE graphile_worker._private_jobs SET locked_at = now(), locked_by = 'somebody'
WHERE id = (SELECT max(id) FROM graphile_worker.jobs WHERE task_identifier = 'unknown') RETURNING id`
    await page.getByRole('link', { name: /^Running 1/ }).waitFor()
    await page.getByLabel('Choose all of these').check()
    await page.getByRole('button', { name: 'Choose those of the other pages too' }).click()
    await page.locator('.bulk').getByRole('button', { name: 'Discard' }).click()
    await page.getByRole('heading', { name: 'Discard all jobs that are listed?' }).waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click()
    await page.getByText('44 jobs discarded.').waitFor()
    await another.getByRole('link', { name: /^Scheduled 0/ }).waitFor()

    await another.getByRole('link', { name: /^Running 1/ }).click()
    await another.getByRole('button', { name: /^unknown Running/ }).click()
    await another.locator('.detail').getByRole('button', { name: 'Retry' }).click()
    await another.getByText('0 jobs will be tried again; 1 ran or was gone.').waitFor()
    expect(await db.worker`SELECT locked_by FROM graphile_worker._private_jobs WHERE id = ${job!.id}`).toEqual([
      { locked_by: 'somebody' },
    ])
    await db.worker`DELETE FROM graphile_worker._private_jobs WHERE id = ${job!.id}`
  })

  it('says what to do where nothing is found', async () => {
    const page = await on.open('/people?q=nobody-of-that-name', { key })
    await page.getByRole('heading', { name: 'Nobody fits' }).waitFor()
    await page.getByRole('link', { name: 'Show everybody' }).click()
    await page.getByText(/3\d people/).waitFor()
    for (const [path, title] of [
      ['/people/not-an-id', 'Nobody here'],
      ['/accounts/not-an-id', 'No such account'],
    ]) {
      const nobody = await on.open(path!, { key })
      await nobody.getByRole('heading', { name: title }).waitFor()
    }
    const lost = await on.open('/no/such/page', { key })
    expect(await lost.getByRole('heading', { name: 'There is no such page' }).textContent()).not.toBe('')
  })

  it('loads itself anew when the code of a page was not to be had, and is at that page then', async () => {
    const page = await on.open('/', { key })
    await page.getByRole('navigation', { name: 'Pages' }).waitFor()
    await page.route('**/assets/sql-*', (route) => route.abort())
    await page.getByRole('link', { name: 'SQL', exact: true }).click()
    await page.getByText('This page could not be fetched').waitFor()
    await page.unroute('**/assets/sql-*')
    await page.getByRole('textbox', { name: 'Query' }).waitFor()
    expect(on.complaints().every((text) => /ERR_FAILED|CodeMissing|could not be fetched/.test(text))).toBe(true)
  })

  it('asks in SQL, keeps the query in the address, tells what is wrong with it, and hands the result out', async () => {
    const page = await on.open('/sql', { key })
    const box = page.getByRole('textbox', { name: 'Query' })
    await box.fill('SELECT name, count(*)\nFROM evnts GROUP BY name')
    await box.press('Control+Enter')
    await page.getByRole('alert').getByText('relation "evnts" does not exist').waitFor()
    await page.getByText('Line 2, at “evnts”.').waitFor()

    const query = `SELECT name, count(DISTINCT user_id) AS n, '=1+1' AS formula FROM events
WHERE user_id = 'u-1' AND name IN ('Pricing Viewed', 'Form Sent') GROUP BY name ORDER BY name DESC`
    await box.fill(query)
    await page.getByRole('button', { name: 'Run' }).click()
    await page.getByText(/^2 rows in/).waitFor()
    expect(new URL(page.url()).searchParams.get('query')).toBe(query)
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download CSV' }).click(),
    ])
    const text = readFileSync(await file.path(), 'utf8')
    expect(text).toBe("name,n,formula\r\nPricing Viewed,1,'=1+1\r\nForm Sent,1,'=1+1\r\n")

    const again = await on.open(new URL(page.url()).pathname + new URL(page.url()).search, { key })
    await again.getByRole('cell', { name: 'Pricing Viewed' }).waitFor()
    await again.getByText('segment_members', { exact: true }).click()
    await again.getByRole('link', { name: 'Look at some rows' }).waitFor()
    await page.goBack()
    await page.getByRole('alert').getByText('evnts').waitFor()
  })

  it('loads in less than 300 kB, and has no fault that axe calls serious, light, dark and on a phone', async () => {
    const page = await on.open('/people', { key })
    const weight = await page
      .getByRole('cell')
      .first()
      .waitFor()
      .then(() => page.evaluate(loaded))
    expect(weight).toBeGreaterThan(50_000)
    expect(weight).toBeLessThan(300_000)

    const editor = '/segments/looked_at_prices?tab=rule'
    const [somebody] = await db.owner`SELECT profile_id AS id FROM transitions WHERE segment_id IS NOT NULL LIMIT 1`
    const person = `/people/${somebody!.id}`
    const pages = [
      '/',
      '/people',
      person,
      '/accounts',
      editor,
      '/labels',
      '/jobs',
      '/data',
      '/data/model',
      '/sql',
      '/settings',
    ]
    for (const { look, paths, width = 1280, dark = false, axe: isLookedAt = true } of [
      { look: 'light', paths: pages },
      { look: 'dark', paths: ['/', person, editor, '/jobs'], dark: true },
      { look: 'phone', paths: pages, width: 390, axe: false },
    ]) {
      await page.setViewportSize({ width, height: 800 })
      await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' })
      for (const path of paths) {
        await page.evaluate((to) => {
          window.history.pushState(null, '', to)
          window.dispatchEvent(new PopStateEvent('popstate'))
        }, path)
        await page.waitForFunction(() => document.querySelector('.card') && !document.querySelector('.waiting'))
        if (isLookedAt) expect([look, path, ...(await faults(page))]).toEqual([look, path])
        expect([look, path, await tooWide(page)]).toEqual([look, path, 0])
      }
    }
  }, 60_000)
})

/** Bytes of all files that a page has loaded, as they came; answers of the API aside. */
function loaded(): number {
  return performance
    .getEntriesByType('resource')
    .filter(({ name }) => !name.includes('/graphql') && !name.includes('/readyz'))
    .reduce((sum, entry) => sum + (entry as PerformanceResourceTiming).encodedBodySize, 0)
}
