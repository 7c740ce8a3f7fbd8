/**
 * Visitors who come to the shop now. They knock at the same public doors as anybody's website and backend would: what they do
 * goes to /v1/batch with the write key, and what they order is booked by GraphQL.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { log } from '../log.ts'
import { CUSTOMERS } from './history.ts'
import { type Random, seeded } from './random.ts'
import { type Customer, customer, DEMO_KEYS, SHOP } from './shop.ts'
import { fillBasket, type Line, type Outcome, total, visit } from './visit.ts'

/** With about eight events each, one or two events a second. */
const BETWEEN_VISITORS_MS = 4000
const MOST_AT_ONCE = 40
const REPORT_MS = 60_000
const ATTEMPTS = 8

type Door = { api: string; signal: AbortSignal; counter: { events: number }; speed: number }

/** Runs until `signal` aborts; resolves then, whatever the visitors were at. `speed` shortens all that they wait. */
export async function simulate(api: string, signal: AbortSignal, { speed = 1 } = {}): Promise<void> {
  const random = seeded(randomBytes(4).readUInt32LE())
  const door: Door = { api, signal, counter: { events: 0 }, speed }
  const visitors = new Set<Promise<void>>()
  const report = setInterval(() => {
    log.info('demo visitors', { inTheShop: visitors.size, eventsSent: door.counter.events })
  }, REPORT_MS).unref()
  while (!signal.aborted) {
    if (visitors.size < MOST_AT_ONCE) {
      const visitor: Promise<void> = come(door, random)
        .catch((error: Error) => signal.aborted || log.warn('a demo visitor had to leave', { error }))
        .then(() => void visitors.delete(visitor))
      visitors.add(visitor)
    }
    await sleep(random.exponential(BETWEEN_VISITORS_MS) / speed, undefined, { signal }).catch(() => {})
  }
  clearInterval(report)
  await Promise.all(visitors)
}

async function come(door: Door, random: Random): Promise<void> {
  const kind = random.pick(['customer', 'customer', 'customer', 'newcomer', 'newcomer', 'stranger'] as const)
  const who = kind === 'customer' ? returning(random) : kind === 'newcomer' ? newcomer(random) : null
  const anonymousId = kind === 'customer' ? `a-${Number(who!.userId.slice(2))}` : randomUUID()
  const outcome: Outcome = who
    ? random.pick(['browse', 'browse', 'leaveCart', 'leaveCheckout', 'buy', 'buy'])
    : random.pick(['browse', 'browse', 'leaveCart'])
  const basket = fillBasket(random)
  let known = kind === 'customer' ? who : null
  for (const { after, type, name, properties } of visit(random, outcome, randomUUID(), basket)) {
    await sleep(after / door.speed, undefined, { signal: door.signal })
    // A newcomer gives a name when it comes to paying, or not at all.
    if (who && !known && (name === 'Checkout Started' || (outcome === 'browse' && random.chance(0.15)))) {
      known = who
      await send(door, { type: 'identify', userId: who.userId, anonymousId, traits: traitsOf(who) })
    }
    await send(door, {
      type,
      ...(name && { event: name }),
      ...(known && { userId: known.userId }),
      anonymousId,
      properties,
    })
    if (known && name === 'Order Completed') await book(door, known.userId, String(properties.orderId), basket)
  }
}

function returning(random: Random): Customer {
  const n = random.between(1, CUSTOMERS)
  return customer(n, seeded(n))
}

function newcomer(random: Random): Customer {
  const id = randomBytes(4).toString('hex')
  const { firstName, lastName, city } = customer(3000, random)
  return {
    userId: `n-${id}`,
    firstName,
    lastName,
    city,
    phone: null,
    email: `${firstName}.${lastName}.${id}@example.com`.toLowerCase(),
  }
}

function traitsOf({ firstName, lastName, email, city, phone }: Customer): Record<string, string> {
  return { firstName, lastName, email, city, ...(phone && { phone }) }
}

// The message id makes it safe to send again what may have arrived.
async function send(door: Door, message: Record<string, unknown>): Promise<void> {
  const event = { ...message, messageId: randomUUID(), timestamp: new Date().toISOString() }
  const body = { batch: [event], sentAt: new Date().toISOString() }
  await post(door, '/v1/batch', `Basic ${btoa(`${DEMO_KEYS.write}:`)}`, body)
  door.counter.events++
}

const BOOK = 'mutation ($input: UpsertOrderInput!) { upsertOrder(input: $input) { created } }'

// The shop's backend, which knows its orders by a key of its own: an upsert, so that this too may be sent again.
async function book(door: Door, userId: string, externalId: string, basket: readonly Line[]): Promise<void> {
  const items = basket.map(({ sku, name, quantity, price }) => ({
    sku,
    name,
    quantity: String(quantity),
    unitPrice: price.toFixed(2),
  }))
  const order = { externalId, userId, status: 'placed', placedAt: new Date().toISOString(), items }
  const input = { ...order, amount: total(basket).toFixed(2), currency: SHOP.currency }
  const answer = await post(door, '/graphql', `Bearer ${DEMO_KEYS.admin}`, { query: BOOK, variables: { input } })
  const { errors } = JSON.parse(answer) as { errors?: { message: string }[] }
  if (errors) throw new Error(`an order could not be booked: ${errors[0]?.message}`)
}

async function post({ api, signal }: Door, path: string, authorization: string, body: object): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const answer = await fetch(`${api}${path}`, {
      method: 'POST',
      signal,
      headers: { 'content-type': 'application/json', authorization },
      body: JSON.stringify(body),
    }).then(
      async (response) => ({ ok: response.ok, text: await response.text(), status: response.status }),
      (error: Error) => ({ ok: false, text: error.message, status: 0 }),
    )
    if (answer.ok) return answer.text
    if (attempt === ATTEMPTS || signal.aborted || isOurFault(answer.status))
      throw new Error(`${path} answers ${answer.status}: ${answer.text.slice(0, 200)}`)
    await sleep(Math.min(2 ** attempt * 100, 5000), undefined, { signal })
  }
}

/** Sending it again would not help. */
function isOurFault(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429
}
