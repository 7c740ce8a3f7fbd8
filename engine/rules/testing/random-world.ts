/** Random people and what is known of them, in memory for the oracle and in the tables for the compiler. */
import type { Transaction } from '../../../db/client.ts'
import { kindOf } from '../kinds.ts'
import type { RecordKind } from '../types.ts'
import { DAY, type Micros, SECOND, toIso } from './calendar.ts'
import type { Dice } from './dice.ts'
import type { OracleAccount, OracleEvent, OracleProfile, OracleRecord, Properties, Records, Value } from './oracle.ts'

export const NAMES = ['view', 'add', 'buy', 'leave']
/** Among them two spellings of the same character, and cases of one. */
export const TEXTS = ['', 'a', 'b', 'B', 'ab', '\u00c9', 'E\u0301', '\u00e9', '5', 'c', '\u{1f600}', '2026-03-15']
export const SCALARS = [...TEXTS, 1, 2, 2.5, 5, true, false]

// Both around a change of the clocks: in New York on 8 March, in Berlin on 29 March.
const START = Date.UTC(2026, 2, 1) * 1000
const HOUR = 3600 * SECOND

/** Coarse, so that times meet each other and the edges of windows. */
export function randomTime(dice: Dice): Micros {
  const time = START + dice.below(35) * DAY + dice.below(4) * 6 * HOUR
  if (dice.chance(0.2)) return time + dice.below(120) * 30 * 60 * SECOND
  return dice.chance(0.1) ? time + dice.pick([-1, 1]) : time
}

/** As Postgres writes it, which is what a rule reads of a column. */
function storedTime(dice: Dice): string {
  return toIso(randomTime(dice)).replace(/\.?0*Z$/, '+00:00')
}

function randomValue(dice: Dice): Value {
  return dice.chance(0.15) ? dice.pick<Value>([null, [], {}, ['a', 1], { deep: 'a' }]) : dice.pick<Value>(SCALARS)
}

function randomDate(dice: Dice): Value {
  const iso = toIso(randomTime(dice))
  const odd = ['2026-02-30', 'tomorrow', '2024-02-29', '1990-03-15', '2026-03-15T10:00:00+05:30', '2026-03-29T02:30:00']
  return dice.chance(0.3) ? dice.pick(odd) : dice.pick([iso, iso.slice(0, 10), iso.slice(0, 16)])
}

function randomProperties(dice: Dice): Properties {
  const properties: Properties = {}
  if (dice.chance(0.8)) properties.price = dice.chance(0.9) ? dice.pick([0, 1, 2, 2.5, 3, 4, 5]) : randomValue(dice)
  if (dice.chance(0.7)) properties.sku = dice.chance(0.9) ? dice.pick(TEXTS) : randomValue(dice)
  if (dice.chance(0.7)) properties.cart = dice.pick<Value>([1, 2, '1', null])
  if (dice.chance(0.4)) properties.tags = dice.some<Value>(3, () => dice.pick<Value>([...SCALARS, null]))
  if (dice.chance(0.3)) properties.items = dice.some<Value>(2, () => ({ sku: dice.pick(TEXTS), n: dice.below(3) }))
  if (dice.chance(0.4)) properties.due = randomDate(dice)
  if (dice.chance(0.3)) properties.nested = dice.chance(0.8) ? { deep: randomValue(dice) } : randomValue(dice)
  return properties
}

type Row = Record<string, unknown>
export type World = { profiles: OracleProfile[]; accounts: OracleAccount[]; rows: { [table: string]: Row[] } }

export function randomWorld(dice: Dice, people: number): World {
  const rows: World['rows'] = {}
  const put = (table: string, row: Row) => void (rows[table] ??= []).push(row)
  for (const key of ['vip', 'partners']) put('lists', { id: dice.uuid(), key, name: key })
  for (const key of OBJECTS)
    put('objects', { id: dice.uuid(), key, plural: `${key}s`, name: key, person: true, account: true })
  const accounts: OracleAccount[] = []
  for (let n = 0; n < Math.ceil(people / 2.5); n++) accounts.push(randomAccount(dice, put, accounts))
  const profiles = Array.from({ length: people }, (_, n) => new RandomPerson(dice, n, accounts, put).profile)
  return { profiles, accounts, rows }
}

/** Companies' own, and one where anybody has an address. */
const DOMAINS = ['a.example.net', 'b.example.net', 'gmail.com']

/** Some are part of one of those before them. */
function randomAccount(dice: Dice, put: (table: string, row: Row) => void, others: OracleAccount[]): OracleAccount {
  const id = dice.uuid()
  const custom = randomProperties(dice)
  const createdAt = storedTime(dice)
  const fields = {
    name: dice.pick(TEXTS),
    domain: dice.pick<Value>([...DOMAINS, DOMAINS[0]!.toUpperCase(), null, null, null]),
    industry: dice.pick<Value>(['a', 'b', null]),
    employees: dice.pick<Value>([1, 5, null]),
    owner: dice.pick<Value>(['a', 'É', null]),
    externalId: dice.chance(0.5) ? `a${others.length}` : null,
    createdAt,
    updatedAt: storedTime(dice),
  }
  const parent = others.length > 0 && dice.chance(0.6) ? dice.pick(others) : null
  put('accounts', { id, ...columnsOf(fields), custom, parent_id: parent?.id ?? null })
  const account: OracleAccount = {
    ...{ id, fields, custom, parent },
    ...{ records: {}, people: [], children: [], entered: {}, valued: {} },
  }
  parent?.children.push(account)
  return account
}

const columnsOf = (fields: Properties) =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [snake(name), value]))
const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** Of the tenant's own. */
const OBJECTS = ['visit', 'testDrive']

class RandomPerson {
  readonly profile: OracleProfile
  private readonly dice: Dice
  private readonly put: (table: string, row: Row) => void
  private readonly accounts: OracleAccount[]

  constructor(dice: Dice, n: number, accounts: OracleAccount[], put: (table: string, row: Row) => void) {
    this.dice = dice
    this.put = put
    this.accounts = accounts
    const born = dice.pick<Value>(['1990-03-15', '1988-02-29', '2000-04-02', 'never', null])
    const [firstSeen, lastSeen, createdAt] = [storedTime(dice), storedTime(dice), storedTime(dice)]
    this.profile = {
      id: dice.uuid(),
      traits: { ...randomProperties(dice), ...(dice.chance(0.7) ? { born } : {}), createdAt: randomDate(dice) },
      said: {},
      firstSeen,
      lastSeen,
      createdAt,
      identifiers: [{ type: 'user_id', value: `u${n}` }],
      events: [],
      records: {},
      consents: [],
      lists: [],
      accounts: [],
      entered: {},
      valued: {},
    }
    if (dice.chance(0.5)) this.addAddress(`a${n}@${dice.pick(['example.com', ...DOMAINS])}`)
    for (const m of dice.some(2, (m) => m))
      this.profile.identifiers.push({ type: 'anonymous_id', value: `ab${n}-${m}` })
    this.addContacts()
    this.addLeads()
    if (dice.chance(0.15)) this.joinGroup()
    this.profile.events = dice.chance(0.05) ? [] : dice.some(14, () => this.event())
    for (const kind of ['order', 'contract', 'membership', 'ticket', 'opportunity', 'activity', ...OBJECTS])
      this.addRecords(kind)
    this.addConsents()
    this.addLists()
    this.store()
  }

  private store(): void {
    const { id, traits, said, firstSeen, lastSeen, createdAt, identifiers } = this.profile
    this.put('profiles', { id, traits, first_seen: firstSeen, last_seen: lastSeen, created_at: createdAt })
    for (const trait of Object.keys(traits)) said[trait] = randomTime(this.dice)
    const stored = Object.fromEntries(
      Object.entries(traits).map(([trait, v]) => [trait, { v, at: toIso(said[trait]!) }]),
    )
    for (const [n, { type, value }] of identifiers.entries()) {
      this.put('identifiers', { type, value, profile_id: id, first_seen: firstSeen, traits: n === 0 ? stored : {} })
    }
  }

  private event(): OracleEvent {
    const { dice } = this
    const occurredAt = randomTime(dice)
    const event = {
      id: dice.uuid(),
      name: dice.pick(NAMES),
      occurredAt,
      receivedAt: dice.chance(0.8) ? occurredAt : randomTime(dice),
      properties: randomProperties(dice),
    }
    const owner = dice.pick(this.profile.identifiers.filter(({ type }) => type !== 'contact' && type !== 'lead'))
    this.put('events', {
      id: event.id,
      name: event.name,
      occurred_at: toIso(occurredAt),
      received_at: toIso(event.receivedAt),
      properties: event.properties,
      user_id: owner.type === 'user_id' ? owner.value : null,
      anonymous_id: owner.type === 'anonymous_id' ? owner.value : null,
      identifiers: owner.type === 'email' ? { email: owner.value } : null,
    })
    return event
  }

  private addContacts(): void {
    const { dice, profile } = this
    profile.records.contact = dice.some(2, () => {
      const id = dice.uuid()
      profile.identifiers.push({ type: 'contact', value: id })
      const account = dice.chance(0.7) ? dice.pick(this.accounts) : undefined
      const record = {
        id,
        fields: {
          stage: dice.pick<Value>(['a', 'b', null]),
          email: dice.pick<Value>(['a@example.com', null]),
          createdAt: storedTime(dice),
        },
        custom: randomProperties(dice),
      }
      this.put('contacts', { ...this.columns(record), account_id: account?.id ?? null })
      if (account) {
        addTo(account.records, 'contact', record)
        this.belongTo(account)
      }
      return record
    })
  }

  /** Whoever has an address of a company's is one of its people. */
  private addAddress(value: string): void {
    this.profile.identifiers.push({ type: 'email', value })
    const [, domain] = value.split('@') as [string, string]
    if (domain === 'gmail.com') return
    for (const account of this.accounts) {
      if ((account.fields.domain as string | null)?.toLowerCase() === domain) this.belongTo(account)
    }
  }

  /** As a group call says it. */
  private joinGroup(): void {
    const { dice, profile } = this
    const account = dice.pick(this.accounts)
    const { type, value } = profile.identifiers[0]!
    const seen = storedTime(dice)
    this.put('account_members', { type, value, account_id: account.id, first_seen: seen, last_seen: seen })
    this.belongTo(account)
  }

  private belongTo(account: OracleAccount): void {
    if (this.profile.accounts.includes(account)) return
    this.profile.accounts.push(account)
    account.people.push(this.profile)
  }

  private addLeads(): void {
    const { dice, profile } = this
    profile.records.lead = dice.some(2, () => {
      const id = dice.uuid()
      profile.identifiers.push({ type: 'lead', value: id })
      const [createdAt, updatedAt] = [storedTime(dice), storedTime(dice)]
      const [status, score] = [dice.pick(['a', 'b', 'B']), dice.pick<Value>([1, 2.5, null])]
      const record = { id, fields: { status, score, createdAt, updatedAt }, custom: randomProperties(dice) }
      this.put('leads', this.columns(record))
      return record
    })
  }

  private addRecords(kind: RecordKind): void {
    for (const fields of this.dice.some(3, () => this.fields(kind))) {
      const { dice, profile } = this
      const account = kind !== 'membership' && dice.chance(0.4) ? dice.pick(this.accounts) : undefined
      const record = {
        id: dice.uuid(),
        fields: {
          ...fields,
          externalId: dice.chance(0.4) ? `${kind} ${dice.uuid()}` : null,
          createdAt: storedTime(dice),
          updatedAt: storedTime(dice),
        },
        custom: randomProperties(dice),
      }
      const owner = dice.pick(profile.identifiers.filter(({ type }) => type !== 'anonymous_id' && type !== 'lead'))
      const { table, object } = kindOf(kind)
      this.put(table, {
        ...(object && { object }),
        ...this.columns(record),
        ...(kind !== 'membership' && { account_id: account?.id ?? null }),
        contact_id: owner.type === 'contact' ? owner.value : null,
        user_id: owner.type === 'user_id' ? owner.value : null,
        email: owner.type === 'email' ? owner.value : null,
      })
      addTo(profile.records, kind, record)
      if (account) addTo(account.records, kind, record)
      if (kind === 'order') this.addItems(record, account)
    }
  }

  private addItems(order: OracleRecord, account: OracleAccount | undefined): void {
    for (const quantity of this.dice.some(2, () => this.dice.below(4))) {
      const fields = {
        sku: this.dice.pick(TEXTS),
        quantity,
        unitPrice: 1,
        currency: 'EUR',
        createdAt: storedTime(this.dice),
      }
      const item = { id: this.dice.uuid(), fields, custom: {} }
      this.put('order_items', { ...this.columns(item), order_id: order.id, external_id: null })
      const seen = { ...item, fields: { ...fields, placedAt: order.fields.placedAt as Value } }
      addTo(this.profile.records, 'orderItem', seen)
      if (account) addTo(account.records, 'orderItem', seen)
    }
  }

  private fields(kind: RecordKind): Properties {
    const { dice } = this
    const time = () => storedTime(dice)
    const maybe = (value: Value) => (dice.chance(0.8) ? value : null)
    const status = dice.pick(['a', 'b', 'B'])
    const amount = dice.pick([0, 1, 2, 2.5, 5])
    const all: { [kind: string]: Properties } = {
      order: { status, amount, currency: dice.pick(['EUR', 'USD']), placedAt: time() },
      membership: {
        program: 'p',
        status,
        tier: maybe(status),
        points: maybe(amount),
        startsAt: maybe(time()),
        endsAt: maybe(time()),
      },
      contract: { name: 'c', status, amount: maybe(amount), startsAt: maybe(time()), endsAt: maybe(time()) },
      ticket: { subject: 't', status, priority: maybe('a'), openedAt: maybe(time()), closedAt: maybe(time()) },
      opportunity: { name: 'o', stage: status, amount: maybe(amount), closeDate: maybe(time().slice(0, 10)) },
      activity: { kind: status, occurredAt: time() },
    }
    return all[kind] ?? { occurredAt: time() }
  }

  private columns({ id, fields, custom }: OracleRecord): Row {
    return { id, ...columnsOf(fields), custom }
  }

  private addConsents(): void {
    const said = new Set<string>()
    for (const n of this.dice.some(3, (n) => n)) {
      const consent = {
        purpose: this.dice.pick(['marketing', 'analytics']),
        channel: this.dice.pick(['email', 'sms']),
        state: this.dice.pick(['granted', 'denied']),
      }
      const email = this.profile.identifiers.find(({ type }) => type === 'email')?.value
      const owner = email && this.dice.chance(0.5) ? { email } : { user_id: this.profile.identifiers[0]!.value }
      // One identifier says one thing of a purpose and channel; of several the stricter counts.
      const key = JSON.stringify([owner, consent.purpose, consent.channel])
      if (said.has(key)) continue
      said.add(key)
      this.profile.consents.push(consent)
      this.put('consents', {
        id: this.dice.uuid(),
        ...consent,
        user_id: null,
        email: null,
        ...owner,
        updated_at: toIso(START + n * DAY),
      })
    }
  }

  private addLists(): void {
    for (const key of ['vip', 'partners']) {
      if (!this.dice.chance(0.3)) continue
      this.profile.lists.push(key)
      const { type, value } = this.dice.pick(this.profile.identifiers)
      this.put('list_members', { key, type, value })
    }
  }
}

function addTo(records: Records, kind: string, record: OracleRecord): void {
  ;(records[kind] ??= []).push(record)
}

/** Fills the tables of the transaction's tenant. */
export async function storeWorld(sql: Transaction, { rows }: World): Promise<void> {
  const first = ['lists', 'accounts', 'contacts', 'orders', 'objects']
  const tables = [...first, ...Object.keys(rows).filter((table) => !first.includes(table))]
  for (const table of tables) {
    const all = rows[table] ?? []
    if (all.length === 0) continue
    if (table === 'list_members') {
      await sql`
INSERT INTO list_members (list_id, type, value)
SELECT l.id, m.type, m.value
FROM jsonb_to_recordset(${all as never}::jsonb) AS m (key text, type text, value text) JOIN lists l USING (key)`
      continue
    }
    if (table === 'account_members') {
      await sql`
INSERT INTO account_members (identifier_id, account_id, first_seen, last_seen)
SELECT identifier_id(type, value), account_id, first_seen, last_seen
FROM jsonb_to_recordset(${all as never}::jsonb) AS m (type text, value text, account_id uuid, first_seen timestamptz, last_seen timestamptz)`
      continue
    }
    const columns = Object.keys(all[0]!)
    const list = columns.map((column) => `"${column}"`).join(', ')
    const id = table === 'identifiers' ? ['id, ', `identifier_id(type, value), `] : ['', '']
    await sql.unsafe(
      `INSERT INTO ${table} (${id[0]}${list}) SELECT ${id[1]}${list} FROM jsonb_populate_recordset(NULL::${table}, $1::text::jsonb)`,
      [JSON.stringify(all)],
    )
  }
}
