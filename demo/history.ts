/**
 * The shop's past as rows of Kith's tables: two years of customers and orders, 90 days of behaviour, and the cafés that buy
 * wholesale. A pure function of a seed and of now; rows are keyed by column.
 */
import { type Random, seeded } from './random.ts'
import { CITIES, type Customer, customer, SHOP } from './shop.ts'
import { fillBasket, type Line, type Outcome, type Step, total, visit } from './visit.ts'

export type Row = Record<string, unknown>
/** Rows by table, in an order that foreign keys allow. */
export type History = Record<Table, Row[]>
const TABLES = [
  'accounts',
  'contacts',
  'leads',
  'opportunities',
  'orders',
  'order_items',
  'contracts',
  'memberships',
  'tickets',
  'activities',
  'consents',
  'events',
] as const
export type Table = (typeof TABLES)[number]

export const HISTORY_SEED = 1711
export const CUSTOMERS = 1800
const VISITORS = 500
const CAFES = 36
const LEADS = 60

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const BEHAVIOUR_DAYS = 90

type Story = { random: Random; now: number; rows: History }
type Person = { who: Customer; contactId: string; anonymousId: string; joined: number; spent: number; orders: number }

export function history(now: Date, { seed = HISTORY_SEED, customers = CUSTOMERS } = {}): History {
  const rows = Object.fromEntries(TABLES.map((table) => [table, []])) as unknown as History
  const story: Story = { random: seeded(seed), now: now.getTime(), rows }
  for (let n = 1; n <= customers; n++) liveCustomer(story, n)
  for (let n = 1; n <= VISITORS; n++) passBy(story, n)
  for (let n = 1; n <= CAFES; n++) tradeWithCafe(story, n)
  for (let n = 1; n <= LEADS; n++) receiveLead(story, n)
  return rows
}

function liveCustomer(story: Story, n: number): void {
  const { random, now, rows } = story
  const joined = now - HOUR - Math.min(random.exponential(300), 720) * DAY
  const who = customer(n, seeded(n))
  const person = { who, contactId: random.uuid(joined), anonymousId: `a-${n}`, joined, spent: 0, orders: 0 }
  rows.contacts.push({
    id: person.contactId,
    external_id: `crm-${who.userId}`,
    account_id: null,
    user_id: who.userId,
    email: who.email,
    phone: who.phone,
    first_name: who.firstName,
    last_name: who.lastName,
    title: null,
    stage: 'customer',
    custom: { city: who.city },
    created_at: iso(joined),
  })
  consent(story, person)
  signUp(story, person)

  // Some come every few weeks, most a few times a year; after any order some never return.
  const gap = random.logNormal(70, 0.8) * DAY
  for (let at = joined + random.exponential(4) * DAY; at < now - HOUR; at += random.exponential(gap)) {
    order(story, person, inOpeningHours(random, at, now))
    if (random.chance(0.13)) break
  }
  const visits = Math.min(Math.round(random.logNormal(1.4, 0.8)), 12)
  for (let i = 0; i < visits; i++) {
    const at = inOpeningHours(random, now - random.next() * Math.min(BEHAVIOUR_DAYS * DAY, now - joined), now)
    const outcome: Outcome = random.chance(0.7) ? 'browse' : random.chance(0.65) ? 'leaveCart' : 'leaveCheckout'
    if (at > joined) play(story, at, person.who.userId, person.anonymousId, visit(random, outcome, random.uuid(at)))
  }
  joinClub(story, person)
}

// Everybody came as a stranger first: the identify joins the two.
function signUp({ random, now, rows }: Story, { who, anonymousId, joined }: Person): void {
  if (joined < now - BEHAVIOUR_DAYS * DAY) return
  const story = { random, now, rows }
  play(story, joined - 10 * MINUTE, null, anonymousId, visit(random, 'browse', random.uuid(joined)))
  const { userId, firstName, lastName, email, phone, city } = who
  rows.events.push({
    ...eventStart(random, joined, userId, anonymousId),
    type: 'identify',
    name: 'identify',
    properties: {},
    traits: { firstName, lastName, email, city, ...(phone && { phone }) },
    identifiers: { email, ...(phone && { phone }) },
  })
}

function order(story: Story, person: Person, at: number): void {
  const { random, now, rows } = story
  const basket = fillBasket(random)
  const id = random.uuid(at)
  const delivered = random.chance(0.93) ? 'delivered' : random.chance(0.6) ? 'returned' : 'cancelled'
  const status = at > now - 3 * DAY ? 'placed' : delivered
  pushOrder(story, { id, at, status, basket, contact_id: person.contactId, user_id: person.who.userId })
  person.orders++
  if (status === 'delivered') person.spent += total(basket)
  if (at > now - BEHAVIOUR_DAYS * DAY) {
    const steps = visit(random, 'buy', id, basket)
    play(story, at - lengthOf(steps), person.who.userId, person.anonymousId, steps)
  }
  if (random.chance(0.05)) complain(rows, random, now, at + random.exponential(4) * DAY, person)
}

type Order = { id: string; at: number; status: string; basket: Line[] } & Row

function pushOrder({ random, rows }: Story, { id, at, status, basket, ...about }: Order): void {
  rows.orders.push({
    id,
    external_id: `shop-${rows.orders.length + 1}`,
    account_id: null,
    contact_id: null,
    user_id: null,
    email: null,
    number: String(100_000 + rows.orders.length + 1),
    status,
    amount: total(basket),
    currency: SHOP.currency,
    placed_at: iso(at),
    created_at: iso(at),
    ...about,
  })
  for (const { sku, name, price, quantity } of basket) {
    const item = { sku, name, quantity, unit_price: price, currency: SHOP.currency }
    rows.order_items.push({ id: random.uuid(at), order_id: id, ...item, created_at: iso(at) })
  }
}

function complain(rows: History, random: Random, now: number, at: number, { contactId, who }: Person): void {
  if (at > now) return
  const closed = at + random.exponential(2) * DAY
  rows.tickets.push({
    id: random.uuid(at),
    contact_id: contactId,
    user_id: who.userId,
    email: who.email,
    subject: random.pick([
      'Parcel late',
      'Wrong grind',
      'Cup arrived broken',
      'Machine leaks',
      'Question about the invoice',
    ]),
    status: closed < now ? 'closed' : 'open',
    priority: random.pickSkewed(['normal', 'high', 'urgent']),
    channel: random.pick(['email', 'chat', 'phone']),
    opened_at: iso(at),
    closed_at: closed < now ? iso(closed) : null,
    created_at: iso(at),
  })
}

function consent({ random, rows }: Story, { contactId, who, joined }: Person): void {
  if (random.chance(0.3)) return
  const state = random.chance(0.8) ? 'granted' : 'denied'
  const about = { contact_id: contactId, user_id: who.userId, email: who.email }
  rows.consents.push({
    id: random.uuid(joined),
    ...about,
    purpose: 'newsletter',
    channel: 'email',
    state,
    created_at: iso(joined),
  })
}

function joinClub({ random, now, rows }: Story, { contactId, who, joined, spent, orders }: Person): void {
  if (orders < 3) return
  const at = Math.min(joined + 30 * DAY, now - HOUR)
  rows.memberships.push({
    id: random.uuid(at),
    contact_id: contactId,
    user_id: who.userId,
    email: who.email,
    program: 'Bell Club',
    tier: spent > 800 ? 'gold' : spent > 300 ? 'silver' : 'bronze',
    points: Math.round(spent),
    starts_at: iso(at),
    created_at: iso(at),
  })
}

function passBy(story: Story, n: number): void {
  const { random, now } = story
  const anonymousId = `v-${n}`
  for (let visits = random.between(1, 2); visits > 0; visits--) {
    const at = inOpeningHours(random, now - random.next() * BEHAVIOUR_DAYS * DAY, now)
    const outcome: Outcome = random.chance(0.85) ? 'browse' : 'leaveCart'
    play(story, at, null, anonymousId, visit(random, outcome, random.uuid(at)))
  }
}

const CAFE_NAMES = [
  'Café Linden',
  'The Daily Grind',
  'Kaffeehaus am Markt',
  'Morning Bell',
  'Espresso Yard',
  'Zimt & Zucker',
]
const TITLES = ['Owner', 'Head barista', 'Purchasing', 'Accounting']

function tradeWithCafe(story: Story, n: number): void {
  const { random, now, rows } = story
  const since = now - (60 + random.next() * 700) * DAY
  const accountId = random.uuid(since)
  const city = random.pickSkewed(CITIES)
  const domain = `cafe${n}.example`
  rows.accounts.push({
    id: accountId,
    external_id: `cafe-${n}`,
    name: `${CAFE_NAMES[n % CAFE_NAMES.length]} ${city}`,
    domain,
    industry: 'hospitality',
    employees: random.between(3, 60),
    // Every sixth is a chain; the five after it are its houses.
    parent_id: n % 6 === 1 ? null : (rows.accounts.at(-((n - 2) % 6) - 1)?.id ?? null),
    created_at: iso(since),
  })
  const staff = Array.from({ length: random.between(1, 3) }, (_, index) => {
    const { firstName, lastName, phone } = customer(100_000 + n * 10 + index, seeded(100_000 + n * 10 + index))
    const email = `${firstName}.${lastName}@${domain}`.toLowerCase()
    const id = random.uuid(since)
    rows.contacts.push({
      id,
      external_id: `cafe-${n}-${index + 1}`,
      account_id: accountId,
      user_id: null,
      email,
      phone,
      first_name: firstName,
      last_name: lastName,
      title: TITLES[index],
      stage: 'customer',
      custom: { city },
      created_at: iso(since),
    })
    return { id, email }
  })
  contract(story, n, accountId, staff[0]!.id, since)
  for (let at = since; at < now - DAY; at += random.exponential(35) * DAY) {
    const basket = fillBasket(random).map((line) => ({ ...line, quantity: line.quantity * random.between(4, 12) }))
    pushOrder(story, {
      id: random.uuid(at),
      at,
      status: 'delivered',
      basket,
      account_id: accountId,
      contact_id: staff.at(-1)!.id,
    })
  }
  rows.activities.push({
    id: random.uuid(now),
    account_id: accountId,
    contact_id: random.pick(staff).id,
    kind: random.pick(['call', 'meeting', 'email']),
    subject: random.pick(['Autumn assortment', 'Price list', 'Grinder service', 'Tasting']),
    occurred_at: iso(now - random.next() * 60 * DAY),
  })
}

function contract({ random, now, rows }: Story, n: number, accountId: string, contactId: string, since: number): void {
  const years = Math.ceil((now - since) / (365 * DAY))
  const ends = since + years * 365 * DAY
  const about = { account_id: accountId, contact_id: contactId }
  rows.contracts.push({
    id: random.uuid(since),
    external_id: `wholesale-${n}`,
    ...about,
    name: 'Wholesale beans',
    status: 'active',
    amount: random.between(3, 40) * 500,
    currency: SHOP.currency,
    starts_at: iso(since),
    ends_at: iso(ends),
    created_at: iso(since),
  })
  if (ends - now > 90 * DAY) return
  rows.opportunities.push({
    id: random.uuid(now),
    external_id: `renewal-${n}`,
    ...about,
    name: 'Renewal of wholesale beans',
    stage: random.pick(['open', 'proposal', 'negotiation']),
    amount: random.between(4, 44) * 500,
    currency: SHOP.currency,
    close_date: iso(ends).slice(0, 10),
  })
}

function receiveLead({ random, now, rows }: Story, n: number): void {
  const at = now - random.next() * 120 * DAY
  const { firstName, lastName, phone } = customer(200_000 + n, seeded(200_000 + n))
  rows.leads.push({
    id: random.uuid(at),
    external_id: `lead-${n}`,
    email: `${firstName}.${lastName}@office${n}.example`.toLowerCase(),
    phone,
    first_name: firstName,
    last_name: lastName,
    company: `Office ${n}`,
    status: random.pickSkewed(['new', 'contacted', 'qualified', 'lost']),
    origin: random.pick(['fair', 'web form', 'recommendation']),
    score: random.between(5, 95),
    created_at: iso(at),
  })
}

function play(
  { random, now, rows }: Story,
  from: number,
  userId: string | null,
  anonymousId: string,
  steps: Step[],
): void {
  let at = from
  for (const { after, type, name, properties } of steps) {
    at += after
    if (at > now - MINUTE) return
    rows.events.push({
      ...eventStart(random, at, userId, anonymousId),
      type,
      name: name ?? type,
      properties,
      traits: null,
      identifiers: null,
    })
  }
}

function eventStart(random: Random, at: number, userId: string | null, anonymousId: string): Row {
  const received = at + random.between(20, 900)
  return {
    id: random.uuid(received),
    user_id: userId,
    anonymous_id: anonymousId,
    occurred_at: iso(at),
    received_at: iso(received),
  }
}

function lengthOf(steps: readonly Step[]): number {
  return steps.reduce((sum, { after }) => sum + after, 0)
}

// Shop hours are waking hours, the evening most of all.
const HOURS = [7, 8, 9, 9, 10, 10, 11, 12, 12, 13, 13, 14, 15, 16, 17, 18, 18, 19, 19, 20, 20, 20, 21, 21, 22]

function inOpeningHours(random: Random, at: number, now: number): number {
  const moved = at - (at % DAY) + random.pick(HOURS) * HOUR - HOUR + Math.floor(random.next() * HOUR)
  return Math.min(moved, now - 20 * MINUTE)
}

function iso(at: number): string {
  return new Date(at).toISOString()
}
