import { generateKeyPairSync } from 'node:crypto'
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeEach, expect, it, vi } from 'vitest'
import { config as defaults } from '../../config.ts'
import { inTenant } from '../../db/client.ts'
import { sha256 } from '../../db/secret.ts'
import { insertInvitation } from '../../db/sql/users.ts'
import { testDatabase, until } from '../../test/database.ts'
import { createServer } from '../server.ts'
import { graphqlDoor } from '../yoga.ts'
import { createAuthDoor } from './door.ts'
import { joinRules } from './oidc.ts'
import { hashPassword } from './password.ts'
import { newToken } from './people.ts'
import type { Role } from './permissions.ts'

const db = await testDatabase()
const acme = await db.createTenant('acme')

// The provider's address is needed by Kith, and Kith's by the provider.
let handle: (request: IncomingMessage, response: ServerResponse) => void
const issuerServer = createHttpServer((request, response) => handle(request, response))
await new Promise<void>((resolve) => issuerServer.listen(0, '127.0.0.1', resolve))
const issuer = `http://127.0.0.1:${(issuerServer.address() as AddressInfo).port}`
const config = {
  ...defaults,
  OIDC_ISSUER: issuer,
  OIDC_CLIENT_ID: 'kith',
  OIDC_CLIENT_SECRET: 'a secret of some length',
  OIDC_JOIN: 'works.example=acme:analyst',
}
const server = createServer({
  config,
  sql: db.api,
  graphql: graphqlDoor(db.api),
  auth: createAuthDoor({ sql: db.api, config }),
})
const kith = `http://127.0.0.1:${await server.listen(0, '127.0.0.1')}`
afterAll(async () => {
  await server.stop()
  issuerServer.closeAllConnections()
  await new Promise((resolve) => issuerServer.close(resolve))
})

type Person = { sub: string; email: string; email_verified: boolean; name?: string }
/** Who is sitting before the provider's page. */
let person: Person
const people = new Map<string, Partial<Person>>()

// It brings no types.
const { default: Provider } = (await import('oidc-provider' as string)) as any
const settings = {
  clients: [
    {
      client_id: 'kith',
      client_secret: config.OIDC_CLIENT_SECRET,
      redirect_uris: [`${kith}/auth/oidc/callback`],
    },
  ],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  findAccount: (_context: unknown, sub: string) => ({ accountId: sub, claims: () => people.get(sub) }),
  interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
  features: { devInteractions: { enabled: false } },
  pkce: { required: () => true },
  cookies: { keys: ['of a test'] },
}

/** What the provider's answer to a code is made, on its way to Kith; Kith has it by TLS, and so believes it unsigned. */
let changed: (tokens: Record<string, any>) => void = () => {}
let provider: any
function startProvider(more: object = {}): void {
  provider = new Provider(issuer, { ...settings, ...more })
  provider.use(async (context: any, next: () => Promise<void>) => {
    await next()
    if (context.path === '/token' && context.status === 200) changed(context.body)
  })
  const answer = provider.callback()
  handle = (request, response) => {
    if (request.url!.startsWith('/interaction/')) void interact(request, response)
    else answer(request, response)
  }
}
startProvider()

async function interact(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { prompt, params, session } = await provider.interactionDetails(request, response)
  if (person.sub === 'who declines') {
    return provider.interactionFinished(request, response, { error: 'access_denied', error_description: person.name })
  }
  if (prompt.name === 'login') {
    return provider.interactionFinished(request, response, { login: { accountId: person.sub } })
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id })
  grant.addOIDCScope('openid email profile')
  const consent = { grantId: await grant.save() }
  return provider.interactionFinished(request, response, { consent }, { mergeWithLastSubmission: true })
}

/** A browser that follows redirections, with the cookies of each server. */
class Browser {
  readonly cookies = new Map<string, Map<string, string>>()

  async fetch(address: string, headers: Record<string, string> = {}): Promise<Response> {
    const { origin } = new URL(address)
    const jar = this.cookies.get(origin) ?? new Map<string, string>()
    this.cookies.set(origin, jar)
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(address, { headers: { cookie, ...headers }, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!
      if (value) jar.set(name!, value)
      else jar.delete(name!)
    }
    return response
  }

  /** Where the journey ends: the console's address. */
  async follow(
    address: string,
    until = (at: string) => at.startsWith(kith) && !at.includes('/auth/'),
  ): Promise<string> {
    for (let at = address, n = 0; n < 20; n++) {
      if (until(at)) return at
      const response = await this.fetch(at)
      const location = response.headers.get('location')
      if (!location) throw new Error(`${at} answers ${response.status}: ${await response.text()}`)
      at = new URL(location, at).href
    }
    throw new Error('Expected an end.')
  }

  async who(): Promise<any> {
    const query = '{viewer{member{email name role}tenant{slug}}}'
    const response = await this.fetch(`${kith}/graphql?query=${encodeURIComponent(query)}`, { 'kith-session': '1' })
    return ((await response.json()) as any).data?.viewer ?? null
  }
}

let n = 0
beforeEach(() => {
  changed = () => {}
  sits({ email: `somebody${++n}@example.com` })
})

function sits(given: Partial<Person> & { email: string }): void {
  person = { sub: `sub-${n}`, email_verified: true, name: 'Some Body', ...given }
  people.set(person.sub, person)
}

async function invite(email: string, role: Role): Promise<void> {
  const invitation = { purpose: 'join' as const, email, role, hash: sha256(newToken()), by: null, hours: 1 }
  await inTenant(db.owner, acme, (sql) => insertInvitation(sql, invitation))
}

it('offers the provider on the page for signing in', async () => {
  const response = await new Browser().fetch(`${kith}/auth`)
  expect(((await response.json()) as any).provider).toEqual({ name: 'Single sign-on', url: '/auth/oidc' })
})

it('lets in who was invited, with the role of the invitation, and knows them again', async () => {
  await invite(person.email, 'marketer')
  const browser = new Browser()
  expect(await browser.follow(`${kith}/auth/oidc`)).toBe(`${kith}/`)
  const who = { member: { email: person.email, name: 'Some Body', role: 'marketer' }, tenant: { slug: 'acme' } }
  expect(await browser.who()).toEqual(who)
  // The provider's word for who it is stays, whatever address it has today.
  sits({ sub: person.sub, email: `renamed${n}@example.com` })
  const again = new Browser()
  expect(await again.follow(`${kith}/auth/oidc`)).toBe(`${kith}/`)
  expect(await again.who()).toEqual(who)
})

it('takes in who comes from a domain of OIDC_JOIN, once, and leaves the role that an owner gave later', async () => {
  sits({ email: 'grace@works.example' })
  await new Browser().follow(`${kith}/auth/oidc`)
  await db.owner`UPDATE team_members SET role = 'operator' WHERE email = 'grace@works.example'`
  const browser = new Browser()
  await browser.follow(`${kith}/auth/oidc`)
  expect((await browser.who()).member.role).toBe('operator')
})

it('makes no account of a stranger, nor of an address that nobody has verified', async () => {
  expect(await new Browser().follow(`${kith}/auth/oidc`)).toBe(`${kith}/?refused=NOT_A_MEMBER`)
  await invite('unverified@example.com', 'owner')
  sits({ email: 'unverified@example.com', email_verified: false })
  expect(await new Browser().follow(`${kith}/auth/oidc`)).toBe(`${kith}/?refused=OIDC_REFUSED`)
  expect(await db.owner`SELECT FROM ops.users WHERE email IN (${person.email}, ${`somebody${n}@example.com`})`).toEqual(
    [],
  )
})

it('gives an account to whoever the provider says it belongs to, and takes its password away', async () => {
  const password = await hashPassword('chosen by somebody else')
  const [user] =
    await db.owner`INSERT INTO ops.users (email, password) VALUES (${person.email}, ${password}) RETURNING id`
  await db.owner`
INSERT INTO team_members (tenant_id, user_id, email, name, role) VALUES (${acme}, ${user!.id}, ${person.email}, 'x', 'owner')`
  await db.owner`
INSERT INTO sessions (tenant_id, user_id, hash, expires_at) VALUES (${acme}, ${user!.id}, 'of somebody else', now() + interval '1 day')`
  const browser = new Browser()
  await browser.follow(`${kith}/auth/oidc`)
  expect((await browser.who()).member.email).toBe(person.email)
  const [now] = await db.owner`SELECT password FROM ops.users WHERE id = ${user!.id}`
  expect(now!.password).toBeNull()
  expect(await db.owner`SELECT FROM sessions WHERE hash = 'of somebody else'`).toEqual([])
})

it('refuses an answer that this browser did not ask for, one that was changed, and one that comes twice', async () => {
  await invite(person.email, 'analyst')
  const isBack = (at: string) => at.startsWith(`${kith}/auth/oidc/callback`)
  const back = await new Browser().follow(`${kith}/auth/oidc`, isBack)
  expect(await new Browser().follow(back)).toBe(`${kith}/?refused=OIDC_REFUSED`)

  const other = new Browser()
  await other.fetch(`${kith}/auth/oidc`)
  expect(await other.follow(back)).toBe(`${kith}/?refused=OIDC_REFUSED`)

  const browser = new Browser()
  const answered = await browser.follow(`${kith}/auth/oidc`, isBack)
  const cookies = new Map(browser.cookies.get(kith))
  expect(await browser.follow(answered)).toBe(`${kith}/`)
  const replay = new Browser()
  replay.cookies.set(kith, cookies)
  expect(await replay.follow(answered)).toBe(`${kith}/?refused=OIDC_REFUSED`)
  expect(await replay.who()).toBeNull()
})

/** With other claims; null takes one out. */
const claim = (claims: Record<string, unknown>) => (tokens: Record<string, any>) => {
  const [head, body, signature] = tokens.id_token.split('.')
  const told = { ...JSON.parse(Buffer.from(body, 'base64url').toString()), ...claims }
  for (const [name, value] of Object.entries(told)) if (value === null) delete told[name]
  tokens.id_token = [head, Buffer.from(JSON.stringify(told)).toString('base64url'), signature].join('.')
}

it.each<[string, (tokens: Record<string, any>) => void]>([
  ['for another client', claim({ aud: 'another' })],
  ['for several, of whom another asked', claim({ aud: ['kith', 'another'], azp: 'another' })],
  ['of another issuer', claim({ iss: 'https://elsewhere.example' })],
  ['of another journey', claim({ nonce: 'another' })],
  ['of no journey', claim({ nonce: null })],
  ['that has expired', claim({ exp: Math.floor(Date.now() / 1000) - 3600 })],
  ['of nobody', claim({ sub: null })],
  ['about somebody else than its access token', claim({ sub: 'sub-of-another' })],
  ['that is none', (tokens) => delete tokens.id_token],
])('refuses a token %s', async (_what, change) => {
  await invite(person.email, 'analyst')
  changed = change
  const browser = new Browser()
  expect(await browser.follow(`${kith}/auth/oidc`)).toBe(`${kith}/?refused=OIDC_REFUSED`)
  expect(await browser.who()).toBeNull()
  expect(await db.owner`SELECT FROM ops.users WHERE email = ${person.email}`).toEqual([])
})

it('refuses who has no address, and who declines, and logs why without a word about who it was', async () => {
  const written: string[] = []
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0)
  people.set(person.sub, { sub: person.sub, name: person.name })
  expect(await new Browser().follow(`${kith}/auth/oidc`)).toBe(`${kith}/?refused=OIDC_REFUSED`)
  sits({ sub: 'who declines', email: 'ada@example.com', name: 'Ada Lovelace declines' })
  expect(await new Browser().follow(`${kith}/auth/oidc`)).toBe(`${kith}/?refused=OIDC_REFUSED`)
  spy.mockRestore()
  const [first, second, ...more] = written.filter((line) => line.includes('refused'))
  expect(first).toMatch(/Expected an e-mail address/)
  expect(second).toMatch(/access_denied/)
  expect(more).toEqual([])
  expect(written.join()).not.toMatch(/Ada|sub-|example\.com/)
})

it('lets in by what the token itself says, and after the provider has begun anew with other keys', async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  startProvider({
    conformIdTokenClaims: false,
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'new', use: 'sig', alg: 'RS256' }] },
  })
  await invite(person.email, 'analyst')
  const browser = new Browser()
  expect(await browser.follow(`${kith}/auth/oidc`)).toBe(`${kith}/`)
  expect((await browser.who()).member.email).toBe(person.email)
  startProvider()
})

it('leaves at sign-out, asks the provider again to come back, and then takes who sits there by now', async () => {
  await invite(person.email, 'analyst')
  const browser = new Browser()
  await browser.follow(`${kith}/auth/oidc`)
  const cookie = [...browser.cookies.get(kith)!].map(([name, value]) => `${name}=${value}`).join('; ')
  const headers = { cookie, 'kith-session': '1', 'content-type': 'application/json' }
  const left = await fetch(`${kith}/auth/sign-out`, { method: 'POST', headers, body: '{}' })
  expect(left.status).toBe(200)
  await until(
    () => browser.who(),
    (who) => who === null,
    { every: 200 },
  ) // two seconds, for who kept the cookie

  browser.cookies.delete(issuer) // signed out there too
  sits({ sub: 'another', email: 'another@works.example' })
  expect(await browser.follow(`${kith}/auth/oidc`)).toBe(`${kith}/`)
  expect((await browser.who()).member.email).toBe('another@works.example')
})

it('says on its own page that the provider is away, and finds it once it is back', async () => {
  const config2 = { ...config, OIDC_ISSUER: 'http://127.0.0.1:1' }
  const away = createServer({ config, sql: db.api, auth: createAuthDoor({ sql: db.api, config: config2 }) })
  const address = `http://127.0.0.1:${await away.listen(0, '127.0.0.1')}`
  const response = await fetch(`${address}/auth/oidc`, { redirect: 'manual' })
  expect([response.status, response.headers.get('location')]).toEqual([303, '/?refused=OIDC_UNREACHABLE'])
  config2.OIDC_ISSUER = issuer
  const again = await fetch(`${address}/auth/oidc`, { redirect: 'manual' })
  expect(again.headers.get('location')).toContain(`${issuer}/auth?`)
  await away.stop()
})

it('reads who joins, and leaves out what it cannot read', () => {
  expect(joinRules('example.com=acme:analyst, Example.org=b-2:owner')).toEqual([
    { domain: 'example.com', slug: 'acme', role: 'analyst' },
    { domain: 'example.org', slug: 'b-2', role: 'owner' },
  ])
  expect(joinRules('x=y:king, =a:owner')).toEqual([])
})
