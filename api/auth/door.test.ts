import { describe, expect, it } from 'vitest'
import { inTenant } from '../../db/client.ts'
import { config } from '../../config.ts'
import { sha256 } from '../../db/secret.ts'
import { insertInvitation } from '../../db/sql/users.ts'
import { testDatabase, until } from '../../test/database.ts'
import { afterAll } from 'vitest'
import { createServer } from '../server.ts'
import { graphqlDoor } from '../yoga.ts'
import { createAuthDoor } from './door.ts'
import { newToken } from './people.ts'
import type { Role } from './permissions.ts'

const db = await testDatabase()
const acme = await db.createTenant('acme')
const brand = await db.createTenant('brand')
const server = createServer({
  config,
  sql: db.api,
  graphql: graphqlDoor(db.api),
  auth: createAuthDoor({ sql: db.api, config }),
})
const url = `http://127.0.0.1:${await server.listen(0, '127.0.0.1')}`
afterAll(() => server.stop())

const PASSWORD = 'correct horse battery'

/** A browser: it keeps cookies, and sends the header that pages of Kith send. */
class Browser {
  readonly cookies = new Map<string, string>()

  async fetch(path: string, body?: unknown, headers: Record<string, string> = { 'kith-session': '1' }) {
    const response = await fetch(url + path, {
      method: body === undefined ? 'GET' : 'POST',
      body: body === undefined ? undefined : JSON.stringify(body),
      headers: { 'content-type': 'application/json', cookie: this.cookie(), ...headers },
      redirect: 'manual',
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!
      if (value) this.cookies.set(name!, value)
      else this.cookies.delete(name!)
    }
    return { status: response.status, headers: response.headers, body: (await response.json()) as any }
  }

  cookie() {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  async ask(query: string, headers?: Record<string, string>) {
    return (await this.fetch('/graphql', { query }, headers)).body
  }

  signIn(email: string, password = PASSWORD) {
    return this.fetch('/auth/sign-in', { email, password })
  }
}

async function link(tenant: string, email: string, role: Role | null, purpose: 'join' | 'password' = 'join') {
  const token = newToken()
  const invitation = { purpose, email, role, hash: sha256(token), by: null, hours: 1 }
  await inTenant(db.owner, tenant, (sql) => insertInvitation(sql, invitation))
  return token
}

async function joined(email: string, role: Role, tenant = acme): Promise<Browser> {
  const browser = new Browser()
  const { status } = await browser.fetch('/auth/join', { token: await link(tenant, email, role), password: PASSWORD })
  expect(status).toBe(200)
  return browser
}

const WHO = '{ viewer { permissions scopes key { id } member { email role } tenant { slug } tenants { slug role } } }'

describe('somebody who follows a link', () => {
  it('sees what it is for, chooses a password, and is in, once', async () => {
    const token = await link(acme, 'ada@example.com', 'owner')
    const browser = new Browser()
    expect((await browser.fetch('/auth/link', { token })).body).toEqual({
      purpose: 'join',
      email: 'ada@example.com',
      role: 'owner',
      tenant: 'acme',
      account: 'none',
    })
    expect((await browser.fetch('/auth/join', { token, password: 'short' })).body.error.code).toBe('PASSWORD_WEAK')
    expect((await browser.fetch('/auth/join', { token, password: PASSWORD, name: 'Ada' })).status).toBe(200)
    const { data } = await browser.ask(WHO)
    expect(data.viewer).toMatchObject({
      key: null,
      scopes: [],
      member: { email: 'ada@example.com', role: 'owner' },
      tenant: { slug: 'acme' },
    })
    expect((await new Browser().fetch('/auth/join', { token, password: PASSWORD })).body.error.code).toBe(
      'LINK_EXPIRED',
    )
    expect((await new Browser().fetch('/auth/link', { token: 'made up' })).status).toBe(410)
  })

  it('of two who use one link at the same time, one joins', async () => {
    const token = await link(acme, 'twice@example.com', 'analyst')
    const tries = await Promise.all(
      [1, 2, 3].map(() =>
        new Browser().fetch('/auth/join', { token, password: PASSWORD }).then(({ status }) => status),
      ),
    )
    expect(tries.filter((status) => status === 200)).toHaveLength(1)
  })

  it('proves an account that is there by its own password: no tenant opens the account of another', async () => {
    await joined('shared@example.com', 'owner', acme)
    const token = await link(brand, 'shared@example.com', 'analyst')
    const browser = new Browser()
    const stolen = await browser.fetch('/auth/join', { token, password: 'chosen by the inviter' })
    expect(stolen.body.error.code).toBe('CREDENTIALS_WRONG')
    expect((await browser.fetch('/auth/join', { token, password: PASSWORD })).status).toBe(200)
    expect((await browser.ask(WHO)).data.viewer).toMatchObject({
      tenant: { slug: 'brand' },
      tenants: [
        { slug: 'acme', role: 'owner' },
        { slug: 'brand', role: 'analyst' },
      ],
    })
  })

  it('gets a new password by one, and every session of the old one ends', async () => {
    const before = await joined('forgot@example.com', 'analyst')
    const token = await link(acme, 'forgot@example.com', null, 'password')
    expect((await new Browser().fetch('/auth/join', { token, password: 'another long password' })).status).toBe(200)
    await until(async () => (await before.ask(WHO)).errors?.[0]?.extensions.code === 'KEY_UNKNOWN')
    expect((await new Browser().signIn('forgot@example.com')).status).toBe(401)
    expect((await new Browser().signIn('forgot@example.com', 'another long password')).status).toBe(200)
  })
})

describe('a session', () => {
  it('begins with a cookie that no script reads and no other site sends, and is kept as a hash', async () => {
    await joined('cookie@example.com', 'analyst')
    const browser = new Browser()
    const { headers } = await browser.signIn('  Cookie@Example.com ')
    const [cookie] = headers.getSetCookie().filter((line) => line.startsWith('kith_session='))
    expect(cookie).toMatch(/; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/)
    const stored = await db.owner`SELECT * FROM sessions`
    expect(JSON.stringify(stored)).not.toContain(browser.cookies.get('kith_session'))
    const [user] = await db.owner`SELECT password FROM ops.users WHERE email = 'cookie@example.com'`
    expect(user!.password).toMatch(/^scrypt\$15\$8\$3\$/)
  })

  it('counts only beside its header, and from a page of Kith itself', async () => {
    const browser = await joined('csrf@example.com', 'analyst')
    const refused = { message: expect.any(String), extensions: expect.objectContaining({ code: 'KEY_UNKNOWN' }) }
    expect((await browser.ask(WHO, {})).errors).toMatchObject([refused])
    const foreign = { 'kith-session': '1', 'sec-fetch-site': 'cross-site' }
    expect((await browser.ask(WHO, foreign)).errors).toMatchObject([refused])
    expect((await browser.ask(WHO, { ...foreign, 'sec-fetch-site': 'same-site' })).errors).toMatchObject([refused])
    expect((await browser.ask(WHO, { ...foreign, 'sec-fetch-site': 'same-origin' })).errors).toBeUndefined()
    const forged = await new Browser().fetch('/auth/sign-in', { email: 'csrf@example.com', password: PASSWORD }, {})
    expect(forged.body.error.code).toBe('SESSION_MISSING')
    // What a page of another origin would have to ask first is answered, without leave to send cookies.
    const asked = await fetch(`${url}/graphql`, {
      method: 'OPTIONS',
      headers: { origin: 'https://elsewhere.example', 'access-control-request-headers': 'kith-session' },
    })
    expect(asked.headers.get('access-control-allow-origin')).toBe('*')
    expect(asked.headers.get('access-control-allow-credentials')).toBeNull()
    expect((await fetch(`${url}/auth`, { method: 'OPTIONS' })).headers.get('access-control-allow-origin')).toBeNull()
  })

  it('ends by signing out, by its owner elsewhere, and with its time', async () => {
    const here = await joined('ends@example.com', 'marketer')
    const there = new Browser()
    await there.signIn('ends@example.com')
    const { data } = await there.ask('{ viewer { member { sessions { nodes { id current browser } } } } }')
    const { nodes } = data.viewer.member.sessions
    expect(nodes.map((one: any) => one.current).sort()).toEqual([false, true])
    const other = nodes.find((one: any) => !one.current)
    expect((await there.ask(`mutation { endSession(input: {id: "${other.id}"}) { endedId } }`)).errors).toBeUndefined()
    await until(async () => (await here.ask(WHO)).errors !== undefined)

    const cookie = there.cookie()
    expect((await there.fetch('/auth/sign-out', {})).status).toBe(200)
    expect(there.cookies.has('kith_session')).toBe(false)
    const stale = new Browser()
    stale.cookies.set('kith_session', /kith_session=([^;]+)/.exec(cookie)![1]!)
    await until(async () => (await stale.ask(WHO)).errors !== undefined)

    const late = new Browser()
    await late.signIn('ends@example.com')
    await db.owner`UPDATE sessions SET expires_at = now()`
    await until(async () => (await late.ask(WHO)).errors !== undefined)
  })

  it("is nobody else's to end", async () => {
    const one = await joined('one@example.com', 'marketer')
    const two = await joined('two@example.com', 'marketer')
    const { data } = await two.ask('{ viewer { member { sessions { nodes { id } } } } }')
    const [{ id }] = data.viewer.member.sessions.nodes
    const attempt = await one.ask(`mutation { endSession(input: {id: "${id}"}) { endedId } }`)
    expect(attempt.errors[0].extensions.code).toBe('NOT_FOUND')
    expect((await two.ask(WHO)).errors).toBeUndefined()
  })

  it('changes to another tenant of the same person, and to no other', async () => {
    const browser = await joined('both@example.com', 'owner', acme)
    await browser.fetch('/auth/join', { token: await link(brand, 'both@example.com', 'analyst'), password: PASSWORD })
    expect((await browser.fetch('/auth/tenant', { tenantId: acme })).status).toBe(200)
    expect((await browser.ask(WHO)).data.viewer.tenant.slug).toBe('acme')
    const third = await db.createTenant('third')
    expect((await browser.fetch('/auth/tenant', { tenantId: third })).body.error.code).toBe('NOT_A_MEMBER')
  })

  it('changes its own password when it knows the old one', async () => {
    const browser = await joined('change@example.com', 'analyst')
    const wrong = await browser.fetch('/auth/password', { current: 'not that one', next: 'a longer new password' })
    expect(wrong.body.error.code).toBe('CREDENTIALS_WRONG')
    const right = await browser.fetch('/auth/password', { current: PASSWORD, next: 'a longer new password' })
    expect(right.status).toBe(200)
    expect((await browser.ask(WHO)).errors).toBeUndefined()
    expect((await new Browser().signIn('change@example.com')).status).toBe(401)
  })
})

describe('guessing', () => {
  it('ends after some attempts, for an address that exists as for one that does not, however many ask at once', async () => {
    await joined('target@example.com', 'owner')
    for (const email of ['target@example.com', 'nobody@example.com']) {
      const tries = await Promise.all(Array.from({ length: 14 }, () => new Browser().signIn(email, 'wrong password')))
      const codes = tries.map(({ body }) => body.error.code)
      expect(codes.filter((code) => code === 'CREDENTIALS_WRONG').length).toBeLessThanOrEqual(11)
      expect(codes.filter((code) => code === 'RATE_LIMITED').length).toBeGreaterThanOrEqual(3)
    }
  })

  it('does not keep out whoever has signed in with that browser before', async () => {
    const browser = await joined('victim@example.com', 'owner')
    const known = new Browser()
    known.cookies.set('kith_device', browser.cookies.get('kith_device')!)
    expect((await known.signIn('victim@example.com')).status).toBe(200)
    await Promise.all(Array.from({ length: 12 }, () => new Browser().signIn('victim@example.com', 'wrong password')))
    expect((await new Browser().signIn('victim@example.com')).status).toBe(429)
    expect((await known.signIn('victim@example.com')).status).toBe(200)
  })
})

describe('the team', () => {
  it('is made by owners: links, roles, removal, and never without an owner', async () => {
    const tenant = await db.createTenant('team')
    const owner = await joined('boss@example.com', 'owner', tenant)
    const invited = await owner.ask(
      'mutation { inviteTeamMember(input: {email: "New@example.com", role: analyst}) { path invitation { email role } } }',
    )
    expect(invited.data.inviteTeamMember.invitation).toEqual({ email: 'new@example.com', role: 'analyst' })
    const token = invited.data.inviteTeamMember.path.split('#')[1]
    const analyst = new Browser()
    await analyst.fetch('/auth/join', { token, password: PASSWORD })
    expect((await analyst.ask('{ team { totalCount } }')).errors[0].extensions.code).toBe('SCOPE_MISSING')
    expect((await analyst.ask('{ viewer { member { email } } }')).data.viewer.member.email).toBe('new@example.com')

    const { data } = await owner.ask('{ team { nodes { id email role } } }')
    const idOf = (email: string) => data.team.nodes.find((one: any) => one.email === email).id
    const change = (email: string, role: string) =>
      owner.ask(`mutation { changeTeamRole(input: {id: "${idOf(email)}", role: ${role}}) { member { role } } }`)
    expect((await change('boss@example.com', 'analyst')).errors[0].extensions.code).toBe('CONFLICT')
    expect((await change('new@example.com', 'marketer')).data.changeTeamRole.member.role).toBe('marketer')
    await until(async () => (await analyst.ask(WHO)).data.viewer.permissions.includes('define'))

    const remove = (email: string) =>
      owner.ask(`mutation { removeTeamMember(input: {id: "${idOf(email)}"}) { removedId } }`)
    expect((await remove('boss@example.com')).errors[0].extensions.code).toBe('CONFLICT')
    expect((await remove('new@example.com')).errors).toBeUndefined()
    await until(async () => (await analyst.ask(WHO)).errors !== undefined)
    expect((await new Browser().signIn('new@example.com')).body.error.code).toBe('NOT_A_MEMBER')
  })

  it('gets no link to the password of somebody who belongs to others too', async () => {
    const owner = await joined('owner2@example.com', 'owner', acme)
    await joined('shared2@example.com', 'analyst', acme)
    const path = async () => {
      const { data } = await owner.ask('{ team(filter: {email: {eq: "shared2@example.com"}}) { nodes { id } } }')
      return owner.ask(`mutation { makePasswordLink(input: {id: "${data.team.nodes[0].id}"}) { path } }`)
    }
    const { makePasswordLink } = (await path()).data
    expect(makePasswordLink.path).toMatch(/^\/join#[\w-]{43}$/)
    const token = await link(brand, 'shared2@example.com', 'owner')
    await new Browser().fetch('/auth/join', { token, password: PASSWORD })
    expect((await path()).errors[0].extensions.code).toBe('CONFLICT')
    // Nor does one that was made before open the account.
    const before = { token: makePasswordLink.path.slice('/join#'.length), password: 'chosen by the owner of acme' }
    expect((await new Browser().fetch('/auth/join', before)).body.error.code).toBe('LINK_EXPIRED')
    expect((await new Browser().signIn('shared2@example.com')).status).toBe(200)
  })

  it('opens by no link the account of somebody who has left', async () => {
    const owner = await joined('owner4@example.com', 'owner', acme)
    await joined('left@example.com', 'analyst', acme)
    const { data } = await owner.ask('{ team(filter: {email: {eq: "left@example.com"}}) { nodes { id } } }')
    const id = data.team.nodes[0].id as string
    const made = await owner.ask(`mutation { makePasswordLink(input: {id: "${id}"}) { path } }`)
    await owner.ask(`mutation { removeTeamMember(input: {id: "${id}"}) { removedId } }`)
    const token = made.data.makePasswordLink.path.slice('/join#'.length)
    expect((await new Browser().fetch('/auth/join', { token, password: 'chosen by the owner' })).body.error.code).toBe(
      'LINK_EXPIRED',
    )
  })

  it('is another in each tenant', async () => {
    const owner = await joined('owner3@example.com', 'owner', brand)
    const { data } = await owner.ask('{ team { nodes { email } } auditLog(first: 500) { nodes { after } } }')
    expect(data.team.nodes.map((one: any) => one.email)).toContain('owner3@example.com')
    expect(JSON.stringify(data)).not.toContain('ada@example.com')
  })

  it('is in the audit log by name, with what it did under which request', async () => {
    const owner = await joined('audited@example.com', 'owner', brand)
    const { headers } = await owner.fetch('/graphql', {
      query: 'mutation { createList(input: {key: "audited", name: "Audited"}) { list { id } } }',
    })
    const { data } = await owner.ask(
      '{ auditLog(filter: {object: {eq: "lists"}}) { nodes { action actorKind actorName requestId } } }',
    )
    expect(data.auditLog.nodes).toEqual([
      {
        action: 'created',
        actorKind: 'user',
        actorName: 'audited@example.com',
        requestId: headers.get('x-request-id'),
      },
    ])
  })
})

describe('nonsense', () => {
  it.each([
    ['/auth/sign-in', { email: 'x' }, 400],
    ['/auth/sign-in', { email: 'nobody', password: 'x' }, 400],
    ['/auth/sign-in', [], 400],
    ['/auth/sign-in', { email: 'a@example.com', password: 'x'.repeat(5000) }, 400],
    ['/auth/tenant', { tenantId: 'x' }, 400],
    ['/auth/tenant', { tenantId: '0199ad3c-0000-7000-8000-000000000000' }, 401],
    ['/auth/sign-out', {}, 401],
    ['/auth/constructor', {}, 404],
    ['/auth/oidc', {}, 404],
  ])('%s with %j answers a code', async (path, body, status) => {
    const answer = await new Browser().fetch(path, body)
    expect([answer.status, typeof answer.body.error.code]).toEqual([status, 'string'])
  })

  it('offers nothing that is not set up, and shows no demo where there is none', async () => {
    expect((await new Browser().fetch('/auth')).body).toEqual({ signedIn: false, provider: null, demo: [] })
  })
})
