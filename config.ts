/**
 * Every environment variable that Kith reads, parsed once, typed, with default and unit. docs/environment.md lists the
 * same table; test/config.test.ts compares the two.
 */
import { z } from 'zod'

export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const DAY = 24 * 60 * MINUTE

const count = (fallback: number) => z.coerce.number().int().positive().default(fallback)

const environment = z.object({
  /** Owner's connection: migrations, and what the roles' connections are derived from. Unset: the embedded Postgres. */
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  /** Connection of the API, role kith_api. Derived from DATABASE_URL when unset. */
  API_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  /** Connection of relay and worker, role kith_worker. Derived from DATABASE_URL when unset. */
  WORKER_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),

  /** Port of the API; 0 picks a free one. */
  PORT: z.coerce.number().int().min(0).max(65535).default(4000),
  /** Address the API binds to. Anything but loopback refuses the demo keys. */
  HOST: z.string().default('127.0.0.1'),
  /** Connections of one API process to Postgres. */
  API_POOL: count(12),
  /** Longest statement of the API, in milliseconds; what takes longer ends as TIMEOUT. */
  API_STATEMENT_TIMEOUT_MS: count(15 * SECOND),

  /** Largest request body, in bytes; refused before it is parsed. */
  MAX_BODY_BYTES: count(4 * 1024 * 1024),
  /** Largest single event, in bytes of JSON. */
  MAX_EVENT_BYTES: count(32 * 1024),
  /** Most events in one request. */
  MAX_BATCH_EVENTS: count(5000),
  /** How long the batch writer waits for company before it commits, in milliseconds. */
  INGEST_WINDOW_MS: z.coerce.number().min(0).default(2),
  /** Most events in one commit of the batch writer. */
  INGEST_BATCH: count(2000),
  /** Events that may wait for their commit, in bytes of memory; beyond it (half of it for one tenant) the answer is 503. */
  INGEST_QUEUE_BYTES: count(64 * 1024 * 1024),
  /** Events a second that a tenant may send which has no limit of its own; 0 for as many as come. */
  INGEST_RATE: z.coerce.number().int().min(0).default(0),
  /** Proxies in front of the API, each of which adds the address it was called from to X-Forwarded-For. */
  TRUSTED_PROXIES: z.coerce.number().int().min(0).default(0),
  /** Keys that secrets are sealed with at rest, of 32 characters or more, with commas between: the first seals, each reads. */
  SECRET_KEYS: z
    .string()
    .regex(/^[^,]{32,}(,[^,]{32,})*$/, 'expected keys of 32 characters or more')
    .optional(),
  /** How long the counts of the doors and of the behaviors are kept, in days. */
  INGEST_COUNT_DAYS: count(400),
  /** How long a message id is remembered, in days. */
  EVENT_DEDUPE_DAYS: count(30),

  /** Hosts that Postgres sources may be on, with commas between; * for any. Unset: none. Workers connect to them. */
  SOURCE_HOSTS: z.string().optional(),

  /** Replication slot, and the name of the relay in ops.relays. */
  RELAY_SLOT: z
    .string()
    .regex(/^[a-z0-9_]{1,63}$/)
    .default('kith'),
  /** Jobs one worker process runs at a time. */
  WORKER_CONCURRENCY: count(4),
  /** Seconds of silence after which a worker counts as dead and its jobs are unlocked. */
  WORKER_DEAD_AFTER_S: count(10),

  /** Transitions a subscriber may lag behind before it is cut, with a cursor to resume from. */
  SUBSCRIBER_QUEUE: count(1000),
  /** How long the feed is kept, in days. */
  FEED_DAYS: count(30),

  /** How long somebody stays signed in, in days. */
  SESSION_DAYS: count(14),
  /** Where browsers find this Kith, such as https://kith.example.com; unset, what the request says. */
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Identity provider (OpenID Connect) to sign in by; unset: passwords only. */
  OIDC_ISSUER: z.url({ protocol: /^https?$/ }).optional(),
  /** What the identity provider knows this Kith by. */
  OIDC_CLIENT_ID: z.string().optional(),
  /** The secret that goes with it. */
  OIDC_CLIENT_SECRET: z.string().optional(),
  /** What the button for signing in by it says. */
  OIDC_NAME: z.string().default('Single sign-on'),
  /** Who joins without an invitation: domain=tenant:role, separated by commas. */
  OIDC_JOIN: z
    .string()
    .regex(
      /^\s*[^\s=,]+=[a-z0-9-]+:(owner|marketer|analyst|operator|developer)\s*(,\s*[^\s=,]+=[a-z0-9-]+:(owner|marketer|analyst|operator|developer)\s*)*$/,
    )
    .optional(),
  /** How long the audit log is kept, in days; 30 or more. */
  AUDIT_DAYS: z.coerce.number().int().min(30).default(730),

  /** Bearer token of /metrics. Unset: open where HOST is loopback, and not there elsewhere. */
  METRICS_TOKEN: z.string().min(16).optional(),
  /** Where traces go, by OTLP over HTTP, such as http://collector:4318. Unset: there are none. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  /** Headers of what is sent there: name=value, with commas between. */
  OTEL_EXPORTER_OTLP_HEADERS: z.string().optional(),
  /** The name of these processes in traces. */
  OTEL_SERVICE_NAME: z.string().default('kith'),
  /** Share of the requests that are traced, of those whose caller does not say; 0 to 1. */
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1),
  /** One of debug, info, warn, error. */
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),

  /** Where `npm run plan` finds the API. Unset: on this machine, at PORT. */
  KITH_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** The key of `npm run plan`, with the scope admin. */
  KITH_KEY: z.string().optional(),

  /** Folder of the embedded Postgres's data and of its generated password. */
  KITH_DATA_DIR: z.string().optional(),
  /** Folder that the embedded Postgres's programs are unpacked to. */
  KITH_CACHE_DIR: z.string().optional(),
  /** Mirror to take Debian's packages from, where the machine has no apt sources of its own. */
  KITH_APT_MIRROR: z.string().optional(),
  /** Set to 0 to start without the demo's live simulator. */
  KITH_DEMO: z.enum(['0', '1']).default('1'),
})

export type Config = z.infer<typeof environment>

/** Throws an Error that lists every variable that does not fit, with what was expected. */
export function parseConfig(env: Record<string, string | undefined>): Config {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const result = environment.safeParse(present)
  if (result.success) return result.data
  const problems = result.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`)
  throw new Error(`Environment variables that do not fit (see docs/environment.md):\n${problems.join('\n')}`)
}

export const config = ofThisProcess()
/** A mistake of whoever starts the process, so it is told as a sentence, without a stack. */
function ofThisProcess(): Config {
  try {
    return parseConfig(process.env)
  } catch (error) {
    console.error(`kith: ${(error as Error).message}`)
    process.exit(1)
  }
}

export const variables = Object.keys(environment.shape)
