/**
 * Signing in by an identity provider: OpenID Connect, code flow with PKCE, state and nonce. The provider says who somebody is
 * (an address that it has verified); what they may do is ours to say: they were invited, or OIDC_JOIN takes in their domain.
 */
import * as client from 'openid-client'
import type { Config } from '../../config.ts'
import { type Client, inTenant } from '../../db/client.ts'
import {
  endSessionsOf,
  insertUser,
  linkOidc,
  saveTeamMember,
  takeInvitation,
  tenantsOf,
  type UserRow,
  userByEmail,
  userByOidc,
} from '../../db/sql/users.ts'
import { KithError } from '../../errors.ts'
import { isLoopback } from './demo.ts'
import { actor, emailOf, nameOf } from './people.ts'
import { type Role, ROLES } from './permissions.ts'

export type OidcConfig = Pick<Config, 'OIDC_ISSUER' | 'OIDC_CLIENT_ID' | 'OIDC_CLIENT_SECRET' | 'OIDC_JOIN'>

/** What the browser keeps while it is at the provider; nobody but itself is fooled by changing it. */
export type Journey = { state: string; nonce: string; verifier: string }

/** What the provider vouches for. */
type Claims = { issuer: string; subject: string; email: string; name?: string }

export class Oidc {
  readonly #config: OidcConfig
  #provider: Promise<client.Configuration> | undefined

  constructor(config: OidcConfig) {
    this.#config = config
  }

  /** Where to send the browser. Throws OIDC_UNREACHABLE. */
  async begin(redirectUri: string): Promise<{ url: string; journey: Journey }> {
    const provider = await this.#discover()
    const journey = {
      state: client.randomState(),
      nonce: client.randomNonce(),
      verifier: client.randomPKCECodeVerifier(),
    }
    const url = client.buildAuthorizationUrl(provider, {
      redirect_uri: redirectUri,
      scope: 'openid email profile',
      state: journey.state,
      nonce: journey.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(journey.verifier),
      code_challenge_method: 'S256',
    })
    return { url: url.href, journey }
  }

  /** `url` is the address that the browser came back to. Throws OIDC_REFUSED. */
  async finish(url: URL, { state, nonce, verifier }: Journey): Promise<Claims> {
    const provider = await this.#discover()
    try {
      const tokens = await client.authorizationCodeGrant(provider, url, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      })
      const { sub, iss, ...known } = tokens.claims()!
      const told = known.email === undefined ? await client.fetchUserInfo(provider, tokens.access_token, sub) : known
      if (typeof told.email !== 'string' || told.email_verified !== true) {
        throw refused('Expected an e-mail address that the identity provider has verified.')
      }
      const name = typeof told.name === 'string' ? told.name : undefined
      return { issuer: iss, subject: sub, email: emailOf(told.email), name }
    } catch (error) {
      if (error instanceof KithError) throw error
      throw refused('The identity provider did not confirm who you are; begin again.', error)
    }
  }

  async #discover(): Promise<client.Configuration> {
    const { OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET } = this.#config
    const issuer = new URL(OIDC_ISSUER!)
    // Without TLS anybody on the way could say who somebody is.
    const execute = isLoopback(issuer.hostname) ? [client.allowInsecureRequests] : []
    this.#provider ??= client.discovery(issuer, OIDC_CLIENT_ID!, OIDC_CLIENT_SECRET, undefined, { execute })
    try {
      return await this.#provider
    } catch (error) {
      this.#provider = undefined // it may be there the next time
      throw new KithError('OIDC_UNREACHABLE', 'The identity provider does not answer.', { status: 503, cause: error })
    }
  }
}

/**
 * The account of who has come, with what they were invited to and what OIDC_JOIN gives them. An account that was there
 * already, under a verified address, is theirs; its password is not (linkOidc).
 */
export async function welcome(
  sql: Client,
  claims: Claims,
  join: string | undefined,
): Promise<{ id: string; email: string }> {
  const { issuer, subject, email } = claims
  const invitations = await sql<
    { tenant_id: string; id: string }[]
  >`SELECT tenant_id, id FROM invitations_for(${email})`
  const rule = joinRules(join).find(({ domain }) => domain === email.split('@')[1])
  let user: UserRow | undefined = await userByOidc(sql, issuer, subject)
  if (!user) {
    user = await userByEmail(sql, email)
    if (user?.oidc_subject) throw refused('This address belongs to another account of the identity provider.')
    if (!user && invitations.length === 0 && !rule) {
      throw new KithError('NOT_A_MEMBER', 'You belong to no tenant here; ask its owner to invite you.', { status: 403 })
    }
    user = await adopt(sql, claims, user)
  }
  const who = { id: user.id, email: user.email }
  const member = { userId: user.id, email: user.email, name: nameOf(claims.name, email) }
  for (const { tenant_id, id } of invitations) {
    await inTenant(
      sql,
      tenant_id,
      async (tx) => {
        const [invitation] = await tx<{ role: string }[]>`SELECT role FROM invitations WHERE id = ${id}`
        if (invitation && (await takeInvitation(tx, id))) await saveTeamMember(tx, { ...member, role: invitation.role })
      },
      actor(who),
    )
  }
  if (rule) await joinByRule(sql, who, member, rule)
  return who
}

async function adopt(sql: Client, { issuer, subject, email }: Claims, known: UserRow | undefined): Promise<UserRow> {
  const id = known?.id ?? (await insertUser(sql, { email })) ?? (await userByEmail(sql, email))!.id
  await sql.begin(async (tx) => {
    await linkOidc(tx as never, id, issuer, subject)
    await endSessionsOf(tx as never, id)
  })
  return { id, email, password: null, oidc_subject: subject }
}

type Rule = { domain: string; slug: string; role: Role }
type Member = { userId: string; email: string; name: string }

async function joinByRule(
  sql: Client,
  who: { id: string; email: string },
  member: Member,
  { slug, role }: Rule,
): Promise<void> {
  const [tenant] = await sql<{ id: string | null }[]>`SELECT tenant_of(${slug}) AS id`
  if (!tenant?.id || (await tenantsOf(sql, who.id)).some(({ tenant_id }) => tenant_id === tenant.id)) return
  await inTenant(sql, tenant.id, (tx) => saveTeamMember(tx, { ...member, role }), actor(who))
}

/** "example.com=acme:analyst, example.org=acme:operator" */
export function joinRules(text = ''): Rule[] {
  return text
    .split(',')
    .map((part) => /^\s*([^\s=]+)=([a-z0-9-]+):(\w+)\s*$/.exec(part))
    .flatMap((match) => {
      const [, domain, slug, role] = match ?? []
      return domain && slug && ROLES.includes(role as Role)
        ? [{ domain: domain.toLowerCase(), slug, role: role as Role }]
        : []
    })
}

function refused(message: string, cause?: unknown): KithError {
  return new KithError('OIDC_REFUSED', message, { status: 403, cause })
}
