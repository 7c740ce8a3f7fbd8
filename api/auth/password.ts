/**
 * Passwords by scrypt (RFC 7914): `scrypt$<log2 N>$<r>$<p>$<salt>$<hash>`, so that what is stored stays readable when the cost
 * is raised. N = 2^15, r = 8, p = 3 is one of OWASP's equal choices: 32 MB and about 0.25 s each.
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { KithError } from '../../errors.ts'

const COST = { log2N: 15, r: 8, p: 3 }
const SALT_BYTES = 16
const HASH_BYTES = 32
const SHORTEST = 10
const LONGEST = 200
/** Each takes a core and its memory: so many at once, and so many more that wait for them. */
const AT_ONCE = 2
const MOST_WAITING = 32

const derive = promisify(scrypt) as (password: string, salt: Buffer, length: number, options: object) => Promise<Buffer>

/** Throws PASSWORD_WEAK. Length is what counts; rules about digits and signs make passwords worse (NIST SP 800-63B). */
export function checkPassword(password: string, email: string): void {
  const reason =
    password.length < SHORTEST
      ? `${SHORTEST} characters or more`
      : password.length > LONGEST
        ? `at most ${LONGEST} characters`
        : password.toLowerCase().includes(email.toLowerCase()) || new Set(password).size < 4
          ? 'something harder to guess'
          : null
  if (reason) throw new KithError('PASSWORD_WEAK', `Expected a password of ${reason}.`)
}

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const hash = await inTurn(() => hashWith(password, salt, COST))
  return ['scrypt', COST.log2N, COST.r, COST.p, salt.toString('base64url'), hash.toString('base64url')].join('$')
}

/** Without a stored one it takes as long, so that nobody can tell by the clock who has an account. Throws RATE_LIMITED. */
export async function isPassword(password: string, stored: string | null | undefined): Promise<boolean> {
  const [, log2N, r, p, salt = '', hash = ''] = (stored ?? '').split('$')
  const cost = stored ? { log2N: Number(log2N), r: Number(r), p: Number(p) } : COST
  const wanted = Buffer.from(hash, 'base64url')
  const got = await inTurn(() => hashWith(password.slice(0, LONGEST), Buffer.from(salt, 'base64url'), cost))
  return wanted.length === got.length && timingSafeEqual(wanted, got) && Boolean(stored)
}

/** Two keyboards may write the same letter in two ways. */
function hashWith(password: string, salt: Buffer, { log2N, r, p }: typeof COST): Promise<Buffer> {
  const N = 2 ** log2N
  return derive(password.normalize('NFKC'), salt, HASH_BYTES, { N, r, p, maxmem: 256 * N * r })
}

let running = 0
const waiting: (() => void)[] = []

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (waiting.length >= MOST_WAITING) {
    throw new KithError('RATE_LIMITED', 'Many people sign in at the moment; try again in a few seconds.', {
      status: 429,
      details: { retryAfterS: 5 },
    })
  }
  if (running >= AT_ONCE) await new Promise<void>((go) => waiting.push(go))
  else running++
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next) next()
    else running--
  }
}
