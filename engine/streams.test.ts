/**
 * Random rules over random streams of everything that can happen: events early, late and to come, records, consents, lists, accounts,
 * merges and partings by hand, erasures, retention, replays, another policy or time zone, rules that are paused, resumed and
 * archived. The log tells of it as it tells the relay, some of it twice; after every step what is stored must be what evaluating
 * everything anew says. STREAM_SEED repeats one stream, STREAM_STEPS makes streams longer, STREAM_SECONDS makes more of them.
 */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { inTenant, type Transaction } from '../db/client.ts'
import { insertReplay } from '../db/sql/replays.ts'
import { removeEvents } from '../db/sql/retention.ts'
import { type EventRow, storeEvents } from '../db/sql/store-events.ts'
import { uuidv7 } from '../db/uuid.ts'
import { testDatabase } from '../test/database.ts'
import { readMessages } from '../test/log.ts'
import { backfill } from './backfill.ts'
import { looking } from './concerned.ts'
import { type Kind, readTenant } from './definitions.ts'
import { asked } from './dependencies.ts'
import { eraseProfile, mergeProfiles, saveIdentifierType, splitProfile, undoMerge } from './identity/index.ts'
import { type Change, react } from './react.ts'
import { reapply } from './recompute.ts'
import { replay } from './replay.ts'
import {
  compile,
  compileConcerned,
  type Definition,
  type Rule,
  readsEvent,
  readsOf,
  STORED,
  SUBJECTS,
} from './rules/index.ts'
import { Dice } from './rules/testing/dice.ts'
import { randomDefinition, randomDefinitions } from './rules/testing/random-rule.ts'
import { NAMES } from './rules/testing/random-world.ts'

const SEED = Number(process.env.STREAM_SEED ?? Date.now() % 2 ** 31)
/** No stream begins later. */
const SECONDS = process.env.STREAM_SEED ? 0 : Number(process.env.STREAM_SECONDS ?? 12)
const STEPS = Number(process.env.STREAM_STEPS ?? 40)
const SLOT = `streams_${process.pid}`

const db = await testDatabase()
Object.assign(looking, { fewest: 1, pause: 0 })
let dice = new Dice(SEED)
let tenant = ''
/** Of few rules, none of which reads the people of accounts: by that every event would concern everybody there. */
let isPlain = false
/** Events that have been stored, some of which come again. */
let sent: EventRow[] = []
let walks = 0
const ours = <T>(work: (sql: Transaction) => Promise<T>) => inTenant(db.worker, tenant, work)
const sql = db.owner

beforeAll(() => sql`SELECT pg_create_logical_replication_slot(${SLOT}, 'pgoutput')`)
afterAll(() => sql`SELECT pg_drop_replication_slot(${SLOT})`)

/** A tenant with random rules, and nobody in it. */
async function begin(seed: number): Promise<void> {
  dice = new Dice(seed)
  tenant = await db.createTenant(`stream-${seed}`)
  isPlain = dice.chance(0.5)
  sent = []
  walks = 0
  for (const key of ['vip', 'partners'])
    await sql`INSERT INTO lists (tenant_id, key, name) VALUES (${tenant}, ${key}, ${key})`
  for (const key of ['visit', 'testDrive']) {
    await sql`
INSERT INTO objects (tenant_id, key, plural, name, person, account) VALUES (${tenant}, ${key}, ${`${key}s`}, ${key}, true, true)`
  }
  // Rules by the same keys that refer to each other as they were made.
  for (const { kind, key, subject = 'person', rule } of isPlain ? plainDefinitions() : randomDefinitions(dice, 16)) {
    await sql`
INSERT INTO ${sql(`${kind}s`)} (tenant_id, key, name, subject, rule) VALUES (${tenant}, ${key}, ${key}, ${subject}, ${sql.json(rule as never)})`
  }
}

function plainDefinitions(): Definition[] {
  const found: Definition[] = []
  for (const wanted = dice.pick([1, 1, 2, 2, 3, 6]); found.length < wanted; ) {
    const one = randomDefinition(dice, found, dice.chance(0.7) ? 'segment' : 'label', 'person', dice.below(4))
    if (!readsOf(one.rule as Rule).people && (dice.chance(0.2) || canLeaveOut(one as Plain, found as Plain[])))
      found.push(one)
  }
  return found
}

type Plain = Exclude<Definition, { subject: 'account' }>

/** Whether there are events of which it is said that they do not concern everybody (concerned.ts). */
const canLeaveOut = (one: Plain, others: Plain[]) =>
  NAMES.some(
    (name) => readsEvent(readsOf(one.rule), name) && compileConcerned([one], new Set([name]), [one, ...others]),
  )

type Message = Change | { tenant: string; definition: { kind: Kind; id: string } }

/** What the log tells since the last time. */
async function told(): Promise<Message[]> {
  const messages = await readMessages<Message>(sql, SLOT)
  return messages.filter((message) => message.tenant === tenant)
}

/** As the jobs do it; what a reaction writes is told again. */
async function settle(): Promise<void> {
  for (let messages = await told(); messages.length > 0; messages = await told()) {
    const changes = messages.filter((message) => !('definition' in message)) as Change[]
    // Together or one by one.
    if (changes.length > 0 && dice.chance(0.7)) await react(db.worker, tenant, changes)
    else for (const change of changes) await react(db.worker, tenant, [change])
    // The relay tells some of it again after a crash.
    if (changes.length > 0 && dice.chance(0.1)) await react(db.worker, tenant, [dice.pick(changes)])
    for (const message of messages) {
      if ('definition' in message) await backfill(db.worker, tenant, message.definition.kind, message.definition.id)
    }
  }
}

/** As jobs/timers.ts does it. */
async function fireTimers(): Promise<void> {
  const due = await ours(
    (sql) =>
      sql`DELETE FROM timers WHERE tenant_id = kith_tenant() AND due_at <= clock_timestamp() RETURNING profile_id AS id`,
  )
  const dueAccounts = await ours(
    (sql) =>
      sql`DELETE FROM account_timers WHERE tenant_id = kith_tenant() AND due_at <= clock_timestamp() RETURNING account_id AS id`,
  )
  const ids = (rows: { id?: string }[]) => rows.map(({ id }) => id!)
  const changes: Change[] = []
  if (due.length > 0) changes.push({ tenant, profiles: ids(due), cause: 'timer' })
  if (dueAccounts.length > 0) changes.push({ tenant, accounts: ids(dueAccounts), cause: 'timer' })
  if (changes.length > 0) await react(db.worker, tenant, changes)
}

/** Null where something is due. */
function askEverybody(): Promise<Record<'full' | 'stored', string[]> | null> {
  return ours(async (sql) => {
    const found: Record<'full' | 'stored', string[]> = { full: [], stored: [] }
    const { definitions, timezone } = (await readTenant(sql, tenant))!
    const all = definitions.map((definition) => asked(definition, 'change'))
    const keys = new Map(definitions.map(({ id, kind, key }) => [id, `${kind} ${key}`]))
    const [{ at, due }] = await sql<[{ at: string; due: boolean }]>`
SELECT clock_timestamp() AS at, EXISTS (
  SELECT FROM timers WHERE tenant_id = kith_tenant() AND due_at <= clock_timestamp()
  UNION ALL SELECT FROM account_timers WHERE tenant_id = kith_tenant() AND due_at <= clock_timestamp()
) AS due`
    if (due) return null
    for (const subject of SUBJECTS) {
      const { id, members, values } = STORED[subject]
      const everybody = await sql.unsafe<{ id: string }[]>(
        subject === 'person' ? 'SELECT id FROM profiles WHERE merged_into IS NULL' : 'SELECT id FROM accounts',
      )
      const { text, parameters } = compile(all, subject)
      const parametersOfAll = [everybody.map((row) => row.id), at, timezone, ...parameters]
      for (const row of await sql.unsafe(text, parametersOfAll as never[])) {
        const key = keys.get(row.definition_id)
        const isSegment = key?.startsWith('segment')
        if (row.definition_id === null || row.value === null || (isSegment && row.value === false)) continue
        found.full.push(`${key} ${row[id]} ${isSegment ? '' : JSON.stringify(row.value)}`)
      }
      const rows = await sql.unsafe(`
SELECT segment_id AS definition_id, ${id} AS subject, NULL::jsonb AS value FROM ${members}
UNION ALL SELECT label_id, ${id}, value FROM ${values}`)
      for (const row of rows) {
        const value = keys.get(row.definition_id)!.startsWith('segment') ? '' : JSON.stringify(row.value)
        found.stored.push(`${keys.get(row.definition_id)} ${row.subject} ${value}`)
      }
    }
    return found
  })
}

/** What is stored against what the rules say of everybody, once nothing is due; null where that is the same. */
async function difference(): Promise<string | null> {
  let found = await askEverybody()
  for (; !found; found = await askEverybody()) {
    await fireTimers()
    await settle()
  }
  const { full, stored } = found
  const [missing, tooMany] = [full.filter((one) => !stored.includes(one)), stored.filter((one) => !full.includes(one))]
  if (missing.length + tooMany.length === 0) return null
  const named = new Set([...missing, ...tooMany].map((one) => one.split(' ').slice(0, 2).join(' ')))
  const rules = await ours(async (sql) => (await readTenant(sql, tenant))!.definitions)
  const shown = rules.filter(({ kind, key }) => named.has(`${kind} ${key}`))
  const lines = shown.map((one) => JSON.stringify(one)).join('\n')
  return `missing ${missing.join('; ')}; too many ${tooMany.join('; ')}\n${lines}`
}

const user = () => `u${dice.below(6)}`
const some = async (text: string): Promise<string | undefined> => {
  const rows = await ours((sql) => sql.unsafe<{ id: string }[]>(text))
  return rows.length > 0 ? dice.pick(rows).id : undefined
}
const profile = () => some('SELECT id FROM profiles WHERE merged_into IS NULL ORDER BY id')
const account = () => some('SELECT id FROM accounts ORDER BY id')

/** As the doors do it, where a message id counts once. */
const send = (rows: EventRow[]) =>
  inTenant(db.api, tenant, (sql) => {
    const counts = { accepted: rows.length, repeated: 0, dead: 0, discarded: 0, unconsented: 0 }
    return storeEvents(sql, { tenantId: tenant, sourceId: null, door: 'batch', ...counts }, rows)
  })

/** How many milliseconds ago: just before something leaves a window, long ago, now, or soon. */
function when(): number {
  const back = dice.pick([0, 0, 0, 3600, 5400, 86_400, 2 * 86_400, 3 * 86_400, 7 * 86_400, 20 * 86_400])
  return back * 1000 - dice.below(400) + (back === 0 ? 0 : 50)
}

const ago = () => new Date(Date.now() - when()).toISOString()

type Step = () => Promise<unknown>
const DEED: Record<string, Step> = {
  event: async () => {
    const properties = { price: dice.pick([1, 2, 5]), sku: dice.pick(['a', 'b', '']), cart: dice.pick([1, 2]) }
    const traits = dice.chance(0.3)
      ? { price: dice.pick([1, 2, 'a']), sku: dice.pick(['a', 'É']), tags: ['a', 1] }
      : null
    for (let n = 1 + dice.below(3); n > 0; n--) {
      const again = sent.length > 0 && dice.chance(0.2) ? [dice.pick(sent)] : []
      const event: EventRow = {
        id: uuidv7(Date.now()),
        type: traits ? 'identify' : 'track',
        name: traits ? 'identify' : dice.pick(NAMES),
        user_id: dice.chance(0.7) ? user() : null,
        anonymous_id: dice.chance(0.5) ? `a${dice.below(6)}` : 'a0',
        identifiers: dice.chance(0.2) ? JSON.stringify({ email: `${user()}@firm.example.org` }) : null,
        occurred_at: ago(),
        message_id: `m${sent.length}`,
        properties: JSON.stringify(properties),
        traits: traits && JSON.stringify(traits),
        context: null,
      }
      sent.push(event)
      await send([event, ...again])
    }
  },
  order: async () => {
    const found = dice.chance(0.4) ? await some('SELECT id FROM orders ORDER BY id') : undefined
    if (found && dice.chance(0.5)) return sql`DELETE FROM orders WHERE id = ${found}`
    if (found)
      return sql`UPDATE orders SET status = ${dice.pick(['a', 'b'])}, amount = ${dice.below(5)}, user_id = ${user()} WHERE id = ${found}`
    return sql`
INSERT INTO orders (tenant_id, user_id, account_id, status, amount, currency, placed_at)
VALUES (${tenant}, ${user()}, ${(await account()) ?? null}, 'a', ${dice.below(5)}, 'EUR', ${ago()})`
  },
  visit: async () => sql`
INSERT INTO records (tenant_id, object, user_id, account_id, occurred_at, custom)
VALUES (${tenant}, ${dice.pick(['visit', 'testDrive'])}, ${user()}, ${(await account()) ?? null}, ${ago()}, ${sql.json({ price: dice.below(4), sku: 'a' })})`,
  membership: async () => {
    const found = dice.chance(0.5) ? await some('SELECT id FROM memberships ORDER BY id') : undefined
    if (found) return sql`UPDATE memberships SET tier = ${dice.pick(['a', 'b'])} WHERE id = ${found}`
    return sql`INSERT INTO memberships (tenant_id, user_id, program, tier, starts_at) VALUES (${tenant}, ${user()}, 'p', 'a', ${ago()})`
  },
  consent: () => sql`
INSERT INTO consents (tenant_id, user_id, purpose, channel, state)
VALUES (${tenant}, ${user()}, ${dice.pick(['marketing', 'analytics'])}, 'email', ${dice.pick(['granted', 'denied'])})
ON CONFLICT DO NOTHING`,
  list: () =>
    dice.chance(0.6)
      ? sql`INSERT INTO list_members (tenant_id, list_id, type, value) SELECT tenant_id, id, 'user_id', ${user()} FROM lists WHERE tenant_id = ${tenant} AND key = 'vip' ON CONFLICT DO NOTHING`
      : sql`DELETE FROM list_members WHERE tenant_id = ${tenant} AND value = ${user()}`,
  account: async () => {
    const found = dice.chance(0.6) ? await account() : undefined
    if (found && dice.chance(0.15)) return sql`DELETE FROM accounts WHERE id = ${found}`
    if (found) {
      const parent = dice.chance(0.5) ? await account() : undefined
      return sql`
UPDATE accounts SET employees = ${dice.pick([1, 5])}, industry = ${dice.pick(['a', 'b'])}, domain = ${dice.pick(['firm.example.org', null])},
  parent_id = ${parent && parent > found ? parent : null} WHERE id = ${found}`
    }
    return sql`INSERT INTO accounts (tenant_id, name, employees) VALUES (${tenant}, ${dice.pick(['a', 'b'])}, 5)`
  },
  contact: async () => {
    const found = dice.chance(0.5) ? await some('SELECT id FROM contacts ORDER BY id') : undefined
    if (found && dice.chance(0.3)) return sql`DELETE FROM contacts WHERE id = ${found}`
    const at = (await account()) ?? null
    if (found) return sql`UPDATE contacts SET account_id = ${at}, stage = ${dice.pick(['a', 'b'])} WHERE id = ${found}`
    return sql`INSERT INTO contacts (tenant_id, user_id, account_id, stage) VALUES (${tenant}, ${user()}, ${at}, 'a')`
  },
  merge: async () => {
    const [into, from] = [await profile(), await profile()]
    if (into && from && into !== from)
      await ours((sql) => mergeProfiles(sql, tenant, { intoId: into, profileIds: [from] }))
  },
  undo: async () => {
    const mergeId = await some(`SELECT id FROM merges WHERE undone_at IS NULL ORDER BY id`)
    // What cannot be undone any more is refused, and changes nothing.
    if (mergeId) await ours((sql) => undoMerge(sql, tenant, { mergeId })).catch(() => {})
  },
  split: async () => {
    const id = await some(`SELECT id FROM identifiers WHERE type <> 'contact' ORDER BY id`)
    if (!id) return
    await ours(async (sql) => {
      const [row] = await sql`SELECT profile_id FROM identifiers WHERE id = ${id}`
      await splitProfile(sql, tenant, { profileId: row!.profile_id as string, identifierIds: [id] })
    }).catch(() => {})
  },
  erase: async () => {
    const id = await profile()
    if (id && dice.chance(0.4)) await ours((sql) => eraseProfile(sql, tenant, { profileId: id }))
  },
  policy: async () => {
    const key = 'anonymous_id'
    await ours((sql) =>
      saveIdentifierType(sql, tenant, { key, max: dice.pick([2, 5, null]), blocked: dice.pick([['a0'], null]) }),
    )
    await reapply(db.worker, tenant, ++walks)
  },
  retention: () => {
    const until = new Date(Date.now() - dice.pick([1, 4]) * 86_400_000).toISOString()
    const retention = { name: dice.pick(NAMES), days: 1, from: '-infinity', until }
    return ours((sql) => removeEvents(sql, tenant, retention, 100))
  },
  replay: async () => {
    const requestedBy = dice.uuid()
    const range = { from: '-infinity', before: 'infinity', sourceId: null, names: dice.chance(0.3) ? ['view'] : null }
    const id = await inTenant(db.api, tenant, (sql) => insertReplay(sql, { ...range, requestedBy }))
    await replay(db.worker, tenant, id)
  },
  timezone: () =>
    sql`UPDATE tenants SET timezone = ${dice.pick(['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'Pacific/Auckland'])} WHERE id = ${tenant}`,
  definition: async () => {
    const kind = dice.pick(['segment', 'label'])
    const id = await some(`SELECT id FROM ${kind}s ORDER BY key`)
    if (!id) return
    const status = dice.pick(['active', 'active', 'paused', 'archived'])
    await sql`UPDATE ${sql(`${kind}s`)} SET status = ${status} WHERE id = ${id}`
  },
}
const USUAL = ['event', 'event', 'event', 'order']

/** Throws where something differs. Returns the message ids that are stored more than once. */
async function stream(seed: number): Promise<string[]> {
  await begin(seed)
  await settle()
  for (let step = 0, done: string[] = []; step < STEPS; step++) {
    const deed = dice.chance(isPlain ? 0.7 : 0.4) ? dice.pick(USUAL) : dice.pick(Object.keys(DEED))
    done.push(deed)
    try {
      await DEED[deed]!()
      // Sometimes several things are told at once.
      if (step < STEPS - 1 && dice.chance(0.3)) continue
      await settle()
      expect(await difference()).toBeNull()
    } catch (cause) {
      throw new Error(`STREAM_SEED=${seed}, step ${step}, after ${done.join(', ')}`, { cause })
    }
    done = []
  }
  const twice =
    await sql`SELECT message_id AS id FROM events WHERE tenant_id = ${tenant} GROUP BY 1 HAVING count(*) > 1`
  return twice.map(({ id }) => id as string)
}

const TIMEOUT = (SECONDS + 5 * STEPS) * 1000

it('stores after every step what evaluating everything anew says', { timeout: TIMEOUT }, async () => {
  const end = performance.now() + SECONDS * 1000
  let seed = SEED
  do expect(await stream(seed++)).toEqual([])
  while (performance.now() < end)
  console.log(`streams: STREAM_SEED=${SEED} to ${seed - 1}`)
})

it('evaluates everything anew when the time zone is another one', async () => {
  await begin(SEED - 1)
  // The days of these two begin at other hours.
  const [row] = await sql`
INSERT INTO segments (tenant_id, key, name, rule)
VALUES (${tenant}, 'today', 'Today', '{"event": {"name": "view", "within": {"calendar": "day"}}}') RETURNING id`
  await sql`UPDATE tenants SET timezone = 'Pacific/Kiritimati' WHERE id = ${tenant}`
  await settle()
  const [zones] = await sql`
SELECT date_trunc('day', now() AT TIME ZONE 'Pacific/Kiritimati') AT TIME ZONE 'Pacific/Kiritimati' AS ahead,
  date_trunc('day', now() AT TIME ZONE 'Pacific/Niue') AT TIME ZONE 'Pacific/Niue' AS behind`
  const { ahead, behind } = zones as { ahead: string; behind: string }
  const later = ahead > behind ? ahead : behind
  const earlier = ahead > behind ? behind : ahead
  await sql`INSERT INTO events (tenant_id, name, user_id, occurred_at) VALUES (${tenant}, 'view', 'zoned', ${earlier}::timestamptz)`
  const isIn = async (timezone: string) => {
    await sql`UPDATE tenants SET timezone = ${timezone} WHERE id = ${tenant}`
    await settle()
    expect(await difference()).toBeNull()
    const members = await sql`
SELECT FROM members m JOIN identifiers i ON i.tenant_id = m.tenant_id AND i.profile_id = m.profile_id
WHERE m.segment_id = ${row!.id as string} AND i.value = 'zoned'`
    return members.length === 1
  }
  const [first, second] =
    later === ahead ? ['Pacific/Niue', 'Pacific/Kiritimati'] : ['Pacific/Kiritimati', 'Pacific/Niue']
  expect([await isIn(first!), await isIn(second!), await isIn(first!)]).toEqual([true, false, true])
})
