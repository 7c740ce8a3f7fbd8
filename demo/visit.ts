/** One visit to the shop as a script: the history plays it in the past, the simulator now. */
import type { Random } from './random.ts'
import { CAMPAIGNS, type Product, PRODUCTS, SHOP } from './shop.ts'

export type Outcome = 'browse' | 'leaveCart' | 'leaveCheckout' | 'buy'

export type Step = {
  /** Milliseconds since the step before. */
  after: number
  type: 'page' | 'track'
  /** Of a track; a page has none. */
  name?: string
  properties: Record<string, unknown>
}

export type Line = Product & { quantity: number }

const SECOND = 1000

/** What the visitor does, in order. `cartId` names the cart, and the order if there is one. */
export function visit(random: Random, outcome: Outcome, cartId: string, basket = fillBasket(random)): Step[] {
  const steps: Step[] = []
  const pause = (meanSeconds: number) =>
    Math.round(Math.min(2 + random.exponential(meanSeconds), 8 * meanSeconds) * SECOND)
  const page = (path: string, title: string, more = {}) =>
    steps.push({
      after: pause(6),
      type: 'page',
      properties: { path, title, url: `https://shop.example${path}`, ...more },
    })
  const track = (name: string, properties: Record<string, unknown>, meanSeconds = 9) =>
    steps.push({ after: pause(meanSeconds), type: 'track', name, properties })

  const campaign = random.pick(CAMPAIGNS)
  page('/', SHOP.name, campaign ? { campaign } : {})
  if (random.chance(0.12)) {
    page('/subscriptions', 'Subscriptions and prices')
    track('Pricing Viewed', { plan: random.pick(['monthly', 'fortnightly', 'office']) })
  }
  const wanted = outcome === 'browse' ? [] : basket
  const seen = [...wanted, ...Array.from({ length: random.between(1, 3) }, () => random.pickSkewed(PRODUCTS))]
  for (const { sku, name, category, price } of seen) track('Product Viewed', { sku, name, category, price })
  for (const { sku, name, category, price, quantity } of wanted)
    track('Product Added', { cartId, sku, name, category, price, quantity })
  if (outcome === 'leaveCheckout' || outcome === 'buy')
    track('Checkout Started', { cartId, value: total(basket), currency: SHOP.currency }, 12)
  if (outcome === 'buy') {
    const products = basket.map(({ sku, category, price, quantity }) => ({ sku, category, price, quantity }))
    track('Order Completed', { orderId: cartId, cartId, total: total(basket), currency: SHOP.currency, products }, 15)
  }
  return steps
}

export function fillBasket(random: Random): Line[] {
  const size = Math.min(1 + Math.floor(random.exponential(1.1)), 6)
  const chosen = new Set(Array.from({ length: size }, () => random.pickSkewed(PRODUCTS)))
  return [...chosen].map((product) => ({ ...product, quantity: product.price < 30 ? random.between(1, 3) : 1 }))
}

export function total(basket: readonly Line[]): number {
  return Math.round(basket.reduce((sum, { price, quantity }) => sum + price * quantity, 0) * 100) / 100
}
