import { randomBytes, scryptSync } from 'node:crypto'
import type { Page, Route } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { inTenant } from '../db/client.ts'
import { insertUser, saveTeamMember } from '../db/sql/users.ts'
import { findBrowser } from '../test/browser.ts'
import { faults, type OpenOptions, stage, tooWide } from '../test/console.ts'
import { testDatabase } from '../test/database.ts'

const browser = findBrowser()
const MINUTES = 180_000
const PASSWORD = 'correct horse battery'

/** As it is stored, at a hundredth of the cost. */
function cheaply(password: string): string {
  const salt = randomBytes(16)
  const hash = scryptSync(password, salt, 32, { N: 2 ** 10, r: 8, p: 1 })
  return ['scrypt', 10, 8, 1, salt.toString('base64url'), hash.toString('base64url')].join('$')
}

describe.skipIf(!browser)('people in the console', async () => {
  if (!browser) return
  const db = await testDatabase()
  const shop = await db.createTenant('shop')
  const outlet = await db.createTenant('outlet')
  const on = await stage(db, browser)
  const password = cheaply(PASSWORD)

  // A machine that is busy takes its time over a password.
  async function open(path: string, options?: OpenOptions): Promise<Page> {
    const page = await on.open(path, options)
    page.setDefaultTimeout(30_000)
    return page
  }

  const add = async (tenant: string, email: string, role: string) =>
    inTenant(db.owner, tenant, async (sql) => {
      const [known] = await sql<{ id: string }[]>`SELECT id FROM ops.users WHERE email = ${email}`
      const userId = known?.id ?? (await insertUser(sql, { email, password }))!
      await saveTeamMember(sql, { userId, email, name: email.split('@')[0]!, role })
    })
  await add(shop, 'olivia@example.com', 'owner')
  await add(shop, 'anna@example.com', 'analyst')
  await add(outlet, 'anna@example.com', 'marketer')
  await add(shop, 'dora@example.com', 'developer')
  await add(shop, 'otto@example.com', 'operator')

  async function signIn(page: Page, email: string): Promise<void> {
    await page.getByLabel('E-mail address').fill(email)
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('navigation', { name: 'Pages' }).waitFor()
  }

  async function signOut(page: Page): Promise<void> {
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Password').waitFor()
  }

  it(
    'come in by password, stay signed in over a reload, and go',
    async () => {
      const page = await open('/')
      let asked = 0
      page.on('request', (request) => {
        if (request.postData()?.includes('"operationName":"Viewer"')) asked++
      })
      await page.getByLabel('E-mail address').fill('olivia@example.com')
      await page.getByLabel('Password').fill('not her password')
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByRole('alert').getByText('CREDENTIALS_WRONG').waitFor()
      // A browser logs every answer of 401 in its console.
      expect(on.complaints().every((text) => text.includes('401'))).toBe(true)
      expect(await faults(page)).toEqual([])
      await signIn(page, 'olivia@example.com')
      await page.getByRole('link', { name: 'olivia, owner' }).waitFor()
      await page.getByText('Live', { exact: true }).waitFor()
      expect(asked).toBe(1)
      expect(await page.evaluate(() => document.cookie + sessionStorage.length)).toBe('0')
      await page.reload()
      await page.getByRole('link', { name: 'olivia, owner' }).waitFor()
      await signOut(page)
      await page.reload()
      await page.getByLabel('Password').waitFor()
    },
    MINUTES,
  )

  it(
    'invite others by a link that is good once, give them a role, and remove them',
    async () => {
      const page = await open('/')
      await signIn(page, 'olivia@example.com')
      await page.goto(`${on.url}/settings/team`)
      await page.getByRole('button', { name: 'Invite' }).click()
      await page.getByRole('dialog').getByLabel('E-mail address').fill('Nora@example.com')
      await page.getByLabel('marketer').check()
      await page.getByRole('button', { name: 'Make the link' }).click()
      const link = await page.getByRole('dialog').locator('pre').innerText()
      expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/join#[\w-]{43}$/)
      await page.getByRole('button', { name: 'I have it' }).click()
      await page.getByText('join as marketer').waitFor()
      await page.setViewportSize({ width: 390, height: 800 })
      expect(await tooWide(page)).toBe(0)
      await page.setViewportSize({ width: 1280, height: 800 })

      const hers = await open('/', { width: 390, height: 800 })
      await hers.goto(link)
      await hers.getByText('nora@example.com joins shop as a marketer.').waitFor()
      expect(await faults(hers)).toEqual([])
      await hers.getByLabel('Your name').fill('Nora')
      await hers.getByLabel('Choose a password').fill('a password of hers')
      await hers.getByRole('button', { name: 'Join shop' }).click()
      await hers.getByRole('navigation', { name: 'Main pages' }).waitFor()
      await hers.goto(`${on.url}/segments`)
      await hers.getByRole('link', { name: 'New segment' }).first().waitFor()

      await page.reload()
      await page.getByLabel('Role of nora@example.com').selectOption('analyst')
      await page.getByText('Changed.').waitFor()
      expect((await db.owner`SELECT role FROM team_members WHERE email = 'nora@example.com'`)[0]!.role).toBe('analyst')
      expect(await faults(page)).toEqual([])
      await page.getByRole('row', { name: /Nora/ }).getByRole('button', { name: 'Remove' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
      await page.getByRole('row', { name: /Nora/ }).waitFor({ state: 'detached' })
      await hers.goto(`${on.url}/people`)
      await hers.getByLabel('Password').waitFor()
      on.complaints()
      const used = await open('/', { width: 391, height: 800 })
      await used.goto(link)
      await used.getByText('LINK_EXPIRED').waitFor()
      on.complaints()
      await signOut(page)
    },
    MINUTES,
  )

  it(
    'are offered what their role may do, and nothing else',
    async () => {
      const page = await open('/')
      await signIn(page, 'anna@example.com')
      await page.getByLabel('Tenant').selectOption({ label: 'shop' })
      await page.getByRole('link', { name: 'anna, analyst' }).waitFor()
      expect(await page.getByRole('link', { name: 'Worker jobs' }).count()).toBe(0)
      await page.goto(`${on.url}/settings`)
      await page.getByRole('link', { name: 'You', exact: true }).waitFor()
      expect(await page.getByRole('link', { name: 'Audit log' }).count()).toBe(0)
      expect(await page.getByRole('button', { name: 'New key' }).count()).toBe(0)
      await page.goto(`${on.url}/settings/team`)
      await page.getByRole('heading', { name: 'This is for others' }).waitFor()
      expect(await page.getByRole('button', { name: 'Invite' }).count()).toBe(0)
      expect(on.complaints().every((text) => text.includes('403'))).toBe(true)

      await page.getByLabel('Tenant').selectOption({ label: 'outlet' })
      await page.getByRole('link', { name: 'anna, marketer' }).waitFor()
      await page.goto(`${on.url}/segments`)
      await page.getByRole('link', { name: 'New segment' }).first().waitFor()
      await signOut(page)
    },
    MINUTES,
  )

  it(
    'are not signed out by a refusal that was meant for somebody before them',
    async () => {
      const page = await open('/')
      await signIn(page, 'dora@example.com')
      await page.getByRole('link', { name: 'dora, developer' }).waitFor()
      const held: Route[] = []
      await page.route('**/graphql', (route) =>
        held.length === 0 && route.request().postData()?.includes('"operationName":"Segments"')
          ? void held.push(route)
          : route.fallback(),
      )
      await page.getByRole('link', { name: 'Segments' }).click()
      await expect.poll(() => held.length).toBe(1)
      await signOut(page)
      await signIn(page, 'olivia@example.com')
      const error = { message: 'Ended.', extensions: { code: 'KEY_UNKNOWN' } }
      await held[0]!.fulfill({ status: 401, json: { errors: [error] } }).catch(() => {})
      await page.unroute('**/graphql')
      await page.getByRole('link', { name: 'olivia, owner' }).waitFor()
      await page.getByRole('link', { name: 'Home' }).click()
      await page.getByText('Live', { exact: true }).waitFor()
      await signOut(page)
    },
    MINUTES,
  )

  it(
    'are offered in the data what their role may do: the model, webhooks and files, or a replay',
    async () => {
      const page = await open('/')
      await signIn(page, 'dora@example.com')
      await page.goto(`${on.url}/data/model`)
      await page.getByRole('button', { name: 'New object' }).waitFor()
      await page.goto(`${on.url}/data?tab=webhooks`)
      await page.getByRole('link', { name: 'New webhook' }).waitFor()
      await page.goto(`${on.url}/data?tab=replay`)
      await page.getByRole('heading', { name: 'Replay stored events' }).waitFor()
      await page.goto(`${on.url}/data?tab=imports`)
      const buffer = Buffer.from('type,userId\npage,ada\n')
      await page.locator('input[type=file]').setInputFiles({ name: 'history.csv', mimeType: 'text/csv', buffer })
      await page.getByRole('button', { name: 'Import' }).click()
      await page.getByText('Took history.csv.').waitFor()
      expect(await db.owner`SELECT FROM events WHERE tenant_id = ${shop} AND user_id = 'ada'`).toHaveLength(1)
      await signOut(page)

      await signIn(page, 'otto@example.com')
      await page.goto(`${on.url}/data?tab=replay`)
      await page.getByRole('heading', { name: 'Replay stored events' }).waitFor()
      await page.goto(`${on.url}/data?tab=imports`)
      await page.getByText('Files are for those who may send events or write records.').waitFor()
      await page.goto(`${on.url}/data?tab=webhooks`)
      await page.getByText('Webhooks are for those who may change the model.').waitFor()
      await signOut(page)
    },
    MINUTES,
  )

  it(
    'see where they are signed in, end one of these, and change their password',
    async () => {
      const other = await open('/', { width: 1000, height: 700 })
      await signIn(other, 'anna@example.com')
      const page = await open('/')
      await signIn(page, 'anna@example.com')
      await page.goto(`${on.url}/settings/you`)
      const sessions = page.getByRole('row', { name: /Chrome on Linux/ })
      await sessions.first().waitFor()
      expect(await faults(page)).toEqual([])
      await sessions.getByRole('button', { name: 'Sign out' }).first().click()
      await page.getByText('Signed out there.').waitFor()
      await page.getByLabel('The password you have').fill(PASSWORD)
      await page.getByLabel('The new one').fill('another long password')
      await page.getByRole('button', { name: 'Change the password' }).click()
      await page.getByText('every other session has ended').waitFor()
      await page.reload()
      await page.getByRole('heading', { name: 'Where you are signed in' }).waitFor()
      await other.goto(`${on.url}/people`)
      await other.getByLabel('Password').waitFor()
      on.complaints()
      await signOut(page)
    },
    MINUTES,
  )

  it(
    'find in the audit log who changed what, by the console and by SQL, before and after',
    async () => {
      await db.owner`INSERT INTO sources (tenant_id, name) VALUES (${shop}, 'till')`
      await db.owner`UPDATE sources SET name = 'new till' WHERE name = 'till'`
      const page = await open('/')
      await signIn(page, 'olivia@example.com')
      await page.goto(`${on.url}/settings/audit`)
      await page.getByLabel('Of what, such as segments').fill('source')
      await page.getByRole('button', { name: /Sources.*changed.*new till.*by SQL/ }).click()
      const difference = page.getByRole('region', { name: 'Before and after' })
      expect(await difference.locator('del').innerText()).toBe('till')
      expect(await difference.locator('ins').innerText()).toBe('new till')
      expect(await faults(page)).toEqual([])
      await page.goto(`${on.url}/settings/audit?who=olivia&action=created`)
      await page
        .getByRole('button', { name: /Sessions.*made.*by olivia@example.com/ })
        .first()
        .waitFor()
      await signOut(page)
    },
    MINUTES,
  )
})
