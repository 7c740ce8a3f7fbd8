/**
 * Secrets that we must be able to read again (a webhook's, the key that personal data is hashed with), sealed at rest:
 * AES-256-GCM under the first of SECRET_KEYS, bound to what the secret is of, so that a row cannot be given another's. The
 * keys are in the environment, so that a backup or a reader of the database has the secrets' texts and not the secrets.
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'
import { config } from '../config.ts'
import { KithError } from '../errors.ts'

/** With commas between, in the environment. */
const configured = config.SECRET_KEYS?.split(',') ?? []

/** What a secret is sealed for; once said otherwise, what is stored cannot be read. */
export const ABOUT = {
  webhook: (sourceId: string) => `webhook ${sourceId.toLowerCase()}`,
  hashKey: (tenantId: string) => `hash key ${tenantId}`,
  postgresSource: (sourceId: string) => `postgres source ${sourceId.toLowerCase()}`,
}

const PREFIX = 'sealed:v1:'
const IV_BYTES = 12
const TAG_BYTES = 16

type Key = { id: string; key: Buffer }

const keysOf = (secrets: readonly string[]): Key[] =>
  secrets.map((secret) => ({
    id: sha256(`kith key ${secret}`).slice(0, 8),
    key: Buffer.from(hkdfSync('sha256', secret, '', 'kith secrets', 32)),
  }))

/** As keys and tokens are kept, which are never read again: in hexadecimal. */
export function sha256(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** Without SECRET_KEYS a secret is kept as it is. */
export function seal(text: string, about: string, secrets: readonly string[] = configured): string {
  if (text.startsWith(PREFIX))
    throw new KithError('INPUT_INVALID', `Expected a secret that does not begin with ${PREFIX}`)
  const [first] = keysOf(secrets)
  if (!first) return text
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', first.key, iv).setAAD(Buffer.from(about))
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return `${PREFIX}${first.id}:${Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')}`
}

/** Throws SECRET_UNREADABLE (503) when the key that it was sealed with is no more among SECRET_KEYS, or it was sealed for another. */
export function unseal(stored: string, about: string, secrets: readonly string[] = configured): string {
  if (!stored.startsWith(PREFIX)) return stored
  const [id, body = ''] = stored.slice(PREFIX.length).split(':')
  const found = keysOf(secrets).find((key) => key.id === id)
  if (!found) throw unreadable('the key that it was sealed with is not among SECRET_KEYS')
  const bytes = Buffer.from(body, 'base64url')
  try {
    const decipher = createDecipheriv('aes-256-gcm', found.key, bytes.subarray(0, IV_BYTES))
    decipher.setAAD(Buffer.from(about)).setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
    return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8')
  } catch (error) {
    throw unreadable('it was changed, or sealed for something else', error)
  }
}

/** Whether it is sealed with the first of SECRET_KEYS already, or there is none. */
export function isSealed(stored: string, secrets: readonly string[] = configured): boolean {
  const [first] = keysOf(secrets)
  return !first || stored.startsWith(`${PREFIX}${first.id}:`)
}

function unreadable(why: string, cause?: unknown): KithError {
  return new KithError('SECRET_UNREADABLE', `Expected a secret that can be read; ${why}.`, { status: 503, cause })
}
