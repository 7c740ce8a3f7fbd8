/** The shop of the demo: what it sells, and who comes. */
import type { Random } from './random.ts'

export const SHOP = {
  slug: 'demo',
  name: 'Bean & Bell, coffee gear and gifts',
  timezone: 'Europe/Berlin',
  currency: 'EUR',
}

/** Fixed, and so of use only where nobody else can reach the API: it refuses them unless HOST is loopback. */
export const DEMO_KEYS = { write: 'demo-write', read: 'demo-read', admin: 'demo-admin' } as const

export type Product = { sku: string; name: string; category: Category; price: number }
export type Category = 'beans' | 'brewers' | 'grinders' | 'machines' | 'cups' | 'gifts'

/** The popular ones first. */
export const PRODUCTS: readonly Product[] = [
  { sku: 'BEA-HOUSE-250', name: 'House blend, 250 g', category: 'beans', price: 9.5 },
  { sku: 'BEA-ETH-250', name: 'Ethiopia Guji, 250 g', category: 'beans', price: 13.5 },
  { sku: 'BEA-HOUSE-1000', name: 'House blend, 1 kg', category: 'beans', price: 29 },
  { sku: 'BRE-FILTERS', name: 'Paper filters, 100', category: 'brewers', price: 6.5 },
  { sku: 'BRE-V60', name: 'Pour-over dripper', category: 'brewers', price: 24 },
  { sku: 'CUP-MUG', name: 'Stoneware mug', category: 'cups', price: 16 },
  { sku: 'GIF-TASTING', name: 'Tasting set, six coffees', category: 'gifts', price: 34 },
  { sku: 'BRE-PRESS', name: 'French press, 1 l', category: 'brewers', price: 39 },
  { sku: 'BEA-DECAF-250', name: 'Decaf Colombia, 250 g', category: 'beans', price: 12 },
  { sku: 'GRI-HAND', name: 'Hand grinder', category: 'grinders', price: 69 },
  { sku: 'CUP-ESPRESSO', name: 'Espresso cups, pair', category: 'cups', price: 22 },
  { sku: 'GIF-CARD', name: 'Gift card', category: 'gifts', price: 50 },
  { sku: 'BRE-KETTLE', name: 'Gooseneck kettle', category: 'brewers', price: 89 },
  { sku: 'BRE-SCALE', name: 'Brewing scale with timer', category: 'brewers', price: 49 },
  { sku: 'BEA-SUB', name: 'Subscription, first parcel', category: 'beans', price: 19 },
  { sku: 'GIF-STARTER', name: 'Starter box: dripper, filters, beans', category: 'gifts', price: 59 },
  { sku: 'CUP-TRAVEL', name: 'Travel cup', category: 'cups', price: 28 },
  { sku: 'GRI-ELECTRIC', name: 'Electric grinder', category: 'grinders', price: 219 },
  { sku: 'MAC-MOKA', name: 'Stovetop espresso maker', category: 'machines', price: 36 },
  { sku: 'GIF-BELL', name: 'Brass counter bell', category: 'gifts', price: 18 },
  { sku: 'MAC-DESCALER', name: 'Descaler', category: 'machines', price: 11 },
  { sku: 'GIF-COURSE', name: 'Barista course for two', category: 'gifts', price: 149 },
  { sku: 'MAC-LEVER', name: 'Lever espresso machine', category: 'machines', price: 649 },
  { sku: 'MAC-DUAL', name: 'Dual-boiler espresso machine', category: 'machines', price: 1490 },
]

const FIRST_NAMES =
  'Anna Ben Clara David Elif Felix Greta Hugo Ida Jonas Katja Leon Mia Noah Olga Paul Rosa Sami Tara Uwe Vera Yusuf Zoe Amir Lena Marek Nina Omar Petra Tom'.split(
    ' ',
  )
const LAST_NAMES =
  'Adler Bauer Costa Demir Ebert Fischer Garcia Haas Ivanova Jansen Keller Lang Meyer Novak Otto Peters Quandt Rossi Schulz Tran Unger Vogel Weber Yilmaz Ziegler Berg Hansen Klein Moreau Sato'.split(
    ' ',
  )
export const CITIES =
  'Berlin Hamburg Munich Cologne Vienna Leipzig Zurich Frankfurt Amsterdam Dresden Graz Basel'.split(' ')
export const CAMPAIGNS = [null, null, null, 'newsletter', 'search', 'instagram', 'coffee-podcast'] as const

export type Customer = {
  userId: string
  firstName: string
  lastName: string
  email: string
  phone: string | null
  city: string
}

/** Customer number `n`, the same in the history and in the simulator, without one having to read the other's. */
export function customer(n: number, random: Random): Customer {
  const [firstName, lastName] = [random.pickSkewed(FIRST_NAMES), random.pickSkewed(LAST_NAMES)]
  return {
    userId: `c-${String(n).padStart(5, '0')}`,
    firstName,
    lastName,
    email: `${firstName}.${lastName}.${n}@example.com`.toLowerCase(),
    // Numbers that Germany's regulator keeps free for films and books: a thousand, so that no two customers share one.
    phone: n % 3 === 0 && n < 3000 ? `+493023125${String(n / 3).padStart(3, '0')}` : null,
    city: random.pickSkewed(CITIES),
  }
}
