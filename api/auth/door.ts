/**
 * /auth: how people come in and go. JSON in, JSON out, and a cookie; every POST carries the header `kith-session`, as all that
 * a session does (session.ts).
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import type { Config } from '../../config.ts'
import type { Client } from '../../db/client.ts'
import { KithError } from '../../errors.ts'
import { log } from '../../log.ts'
import { requestIds } from '../errors.ts'
import { readBody } from '../ingest/body.ts'
import { sendError, sendJson } from '../respond.ts'
import type { Door } from '../server.ts'
import { isDemoAccount, refuseElsewhere } from './demo.ts'
import { demoAccounts } from './demo-accounts.ts'
import { type Journey, Oidc, type OidcConfig, welcome } from './oidc.ts'
import {
  type Browser,
  changePassword,
  endSession,
  newToken,
  readLink,
  type Session,
  signIn,
  startSession,
  takeLink,
} from './people.ts'
import {
  cookie,
  cookieOf,
  headersOf,
  isFromOwnPage,
  SESSION_COOKIE,
  SESSION_HEADER,
  sessionToken,
  viewerOfSession,
} from './session.ts'
import type { SignedIn } from './viewer.ts'

const MOST_BYTES = 16 * 1024
const DEVICE_COOKIE = 'kith_device'
const JOURNEY_COOKIE = 'kith_journey'
const DEVICE_DAYS = 400
const JOURNEY_S = 600
const DAY_S = 24 * 60 * 60

export type AuthDoorOptions = {
  sql: Client
  config: OidcConfig & Pick<Config, 'SESSION_DAYS' | 'PUBLIC_URL' | 'OIDC_NAME' | 'HOST'>
}

const text = z.string().max(1000)
const BODIES = {
  'sign-in': z.object({ email: text, password: text }),
  'sign-out': z.object({}),
  link: z.object({ token: text }),
  join: z.object({ token: text, password: text, name: text.optional() }),
  tenant: z.object({ tenantId: z.uuid() }),
  password: z.object({ current: text, next: text }),
}
type Name = keyof typeof BODIES
type Body<N extends Name> = z.infer<(typeof BODIES)[N]>

type Asked = { request: IncomingMessage; response: ServerResponse; browser: Browser }
type Handlers = { [N in Name]: (body: Body<N>, asked: Asked) => Promise<object> }

export function createAuthDoor({ sql, config }: AuthDoorOptions): Door {
  const oidc = config.OIDC_ISSUER && config.OIDC_CLIENT_ID ? new Oidc(config) : undefined

  const handlers: Handlers = {
    async 'sign-in'(body, asked) {
      if (isDemoAccount(body.email.trim().toLowerCase())) refuseElsewhere(asked.request.headers)
      return enter(asked, await signIn(sql, body, asked.browser))
    },
    async 'sign-out'(_body, { request, response }) {
      const { user, tenantId } = await whoAsks(request)
      await endSession(sql, tenantId, user.sessionId, user)
      response.appendHeader('set-cookie', cookie(request, SESSION_COOKIE, '', { maxAgeS: 0 }))
      return {}
    },
    async link({ token }) {
      const { purpose, email, role, tenant_name, has_password, user_id } = await readLink(sql, token)
      return {
        purpose,
        email,
        role,
        tenant: tenant_name,
        account: user_id === null ? 'none' : has_password ? 'password' : 'oidc',
      }
    },
    join: async (body, asked) => enter(asked, await takeLink(sql, body, asked.browser)),
    async tenant({ tenantId }, asked) {
      const { user, tenantId: left } = await whoAsks(asked.request)
      const session = await startSession(sql, user, asked.browser, tenantId)
      await endSession(sql, left, user.sessionId, user)
      return enter(asked, session)
    },
    async password(body, asked) {
      const { user, tenantId } = await whoAsks(asked.request)
      return enter(asked, await changePassword(sql, { ...user, tenantId }, body, asked.browser))
    },
  }

  async function whoAsks(request: IncomingMessage): Promise<{ user: SignedIn; tenantId: string }> {
    const token = sessionToken(headersOf(request))
    const viewer = token ? await viewerOfSession(sql, token) : null
    if (viewer?.user) return { user: viewer.user, tenantId: viewer.tenantId }
    throw new KithError('SESSION_MISSING', 'Expected somebody who has signed in.', { status: 401 })
  }

  function enter({ request, response, browser }: Asked, { token, tenantId }: Session): object {
    response.appendHeader(
      'set-cookie',
      cookie(request, SESSION_COOKIE, token, { maxAgeS: config.SESSION_DAYS * DAY_S }),
    )
    const device = { maxAgeS: DEVICE_DAYS * DAY_S, path: '/auth' }
    response.appendHeader('set-cookie', cookie(request, DEVICE_COOKIE, browser.device!, device))
    return { tenantId }
  }

  /** What the page for signing in shows. */
  async function choices(request: IncomingMessage): Promise<object> {
    const token = sessionToken(headersOf(request))
    return {
      signedIn: token !== null && (await viewerOfSession(sql, token)) !== null,
      provider: oidc ? { name: config.OIDC_NAME, url: '/auth/oidc' } : null,
      demo: await demoAccounts(sql, request, config.HOST),
    }
  }

  async function beginJourney(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!oidc) throw notFound()
    const location = await orRefused(async () => {
      const { url, journey } = await oidc.begin(`${originOf(request)}/auth/oidc/callback`)
      const value = Buffer.from(JSON.stringify(journey)).toString('base64url')
      // The provider's answer comes from its own site, which Strict would keep the cookie from.
      const options = { maxAgeS: JOURNEY_S, path: '/auth/oidc', sameSite: 'Lax' as const }
      response.appendHeader('set-cookie', cookie(request, JOURNEY_COOKIE, value, options))
      return url
    })
    response.writeHead(303, { location }).end()
  }

  async function endJourney(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!oidc) throw notFound()
    response.appendHeader('set-cookie', cookie(request, JOURNEY_COOKIE, '', { maxAgeS: 0, path: '/auth/oidc' }))
    const location = await orRefused(async () => {
      const journey = readJourney(cookieOf(headersOf(request), JOURNEY_COOKIE))
      const claims = await oidc.finish(new URL(request.url!, originOf(request)), journey)
      const user = await welcome(sql, claims, config.OIDC_JOIN)
      const browser = browserOf(request)
      enter({ request, response, browser }, await startSession(sql, user, browser))
      return '/'
    })
    response.writeHead(303, { location }).end()
  }

  function originOf(request: IncomingMessage): string {
    if (config.PUBLIC_URL) return config.PUBLIC_URL.replace(/\/+$/, '')
    const scheme = request.headers['x-forwarded-proto'] === 'https' ? 'https' : 'http'
    return `${scheme}://${request.headers.host}`
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = /^\/+auth\/?([a-z/-]*?)\/?(?:\?|$)/.exec(request.url ?? '')?.[1] ?? ' '
    response.setHeader('cache-control', 'no-store')
    if (request.method === 'GET') {
      if (name === '') return sendJson(response, 200, await choices(request))
      if (name === 'oidc') return beginJourney(request, response)
      if (name === 'oidc/callback') return endJourney(request, response)
    }
    if (!Object.hasOwn(BODIES, name)) throw notFound()
    if (request.method !== 'POST') throw new KithError('METHOD_NOT_ALLOWED', 'Expected POST.', { status: 405 })
    const body = await readJson(request, name as Name)
    const handler = handlers[name as Name] as (body: unknown, asked: Asked) => Promise<object>
    sendJson(response, 200, await handler(body, { request, response, browser: browserOf(request) }))
  }

  return {
    async handle(request, response) {
      await requestIds
        .run(String(response.getHeader('x-request-id')), () => handle(request, response))
        .catch((error) => {
          if (!request.complete) response.setHeader('connection', 'close')
          sendError(response, error)
        })
    },
  }
}

async function readJson(request: IncomingMessage, name: Name): Promise<unknown> {
  if (!isFromOwnPage(headersOf(request))) {
    throw new KithError('SESSION_MISSING', `Expected the header ${SESSION_HEADER}, from a page of Kith's own.`, {
      status: 401,
    })
  }
  try {
    return BODIES[name].parse(JSON.parse((await readBody(request, MOST_BYTES)).toString('utf8')))
  } catch (error) {
    if (error instanceof KithError) throw error
    const wanted = Object.keys(BODIES[name].shape).join(', ') || 'no properties'
    throw new KithError('INPUT_INVALID', `Expected a JSON object with ${wanted}.`)
  }
}

/** A browser has come here by itself: what is refused is said by the page for signing in, and why, in the log. */
async function orRefused(work: () => Promise<string>): Promise<string> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof KithError)) throw error
    log.warn('sign-in by the identity provider refused', { code: error.code, reason: reasonOf(error) })
    return `/?refused=${error.code}`
  }
}

/** Codes and fixed sentences, deepest last; what a provider writes itself may name people. */
function reasonOf({ message, cause }: KithError): string {
  const { error: answer, code } = (cause ?? {}) as { error?: unknown; code?: unknown }
  return [message, code, answer].filter((part) => typeof part === 'string').join(' ')
}

function browserOf(request: IncomingMessage): Browser {
  return {
    name: request.headers['user-agent'] ?? null,
    device: cookieOf(headersOf(request), DEVICE_COOKIE) ?? newToken(),
  }
}

function readJourney(value: string | null): Journey {
  try {
    const { state, nonce, verifier } = JSON.parse(Buffer.from(value ?? '', 'base64url').toString('utf8'))
    return { state: String(state), nonce: String(nonce), verifier: String(verifier) }
  } catch {
    throw new KithError('OIDC_REFUSED', 'Signing in took too long, or began in another browser; begin again.', {
      status: 403,
    })
  }
}

function notFound(): KithError {
  return new KithError(
    'NOT_FOUND',
    'Expected /auth, or sign-in, sign-out, link, join, tenant, password or oidc below it.',
    {
      status: 404,
    },
  )
}
