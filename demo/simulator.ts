/**
 * Visitors who come to the shop now. They knock at the same public doors as anybody's website and backend would: /v1/batch
 * with the write key.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { log } from '../log.ts'
import { CUSTOMERS } from './history.ts'
import { type Random, seeded } from './random.ts'
import { type Customer, customer, DEMO_KEYS } from './shop.ts'
import { fillBasket, type Outcome, visit } from './visit.ts'

/** With about eight events each, a little more than one event a second. */
const BETWEEN_VISITORS_MS = 6000
const MOST_AT_ONCE = 40
const REPORT_MS = 60_000
const ATTEMPTS = 8

type Door = { api: string; signal: AbortSignal; counter: { events: number } }

/** Runs until `signal` aborts; resolves then, whatever the visitors were at. */
export async function simulate(api: string, signal: AbortSignal): Promise<void> {
  const random = seeded(randomBytes(4).readUInt32LE())
  const door: Door = { api, signal, counter: { events: 0 } }
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
    await sleep(random.exponential(BETWEEN_VISITORS_MS), undefined, { signal }).catch(() => {})
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
    await sleep(after, undefined, { signal: door.signal })
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
async function send({ api, signal, counter }: Door, message: Record<string, unknown>): Promise<void> {
  const event = { ...message, messageId: randomUUID(), timestamp: new Date().toISOString() }
  for (let attempt = 1; ; attempt++) {
    const answer = await fetch(`${api}/v1/batch`, {
      method: 'POST',
      signal,
      headers: { 'content-type': 'application/json', authorization: `Basic ${btoa(`${DEMO_KEYS.write}:`)}` },
      body: JSON.stringify({ batch: [event], sentAt: new Date().toISOString() }),
    }).then(
      async (response) => (response.ok ? undefined : `${response.status} ${(await response.text()).slice(0, 200)}`),
      (error: Error) => error.message,
    )
    if (answer === undefined) break
    if (attempt === ATTEMPTS || signal.aborted) throw new Error(`${api}/v1/batch does not take events: ${answer}`)
    await sleep(Math.min(2 ** attempt * 100, 5000), undefined, { signal })
  }
  counter.events++
}
