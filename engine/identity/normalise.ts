/**
 * From what an event or record says to identifiers. An identifier's id is a hash that the row itself computes too (see
 * identifier_id in the migrations), over its own, simpler spelling. Where that spelling is not the normal one ("0170 ..."),
 * it becomes an identifier as well, an alias of the normal one: so the row's owner is always found by its hash.
 */
import { createHash } from 'node:crypto'
import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js'
import type { IdentifierType, Policy } from './policy.ts'

export type Named = {
  id: string
  type: IdentifierType
  value: string
  /** Set on another spelling of the identifier with that id. */
  aliasOf: string | null
}

const MAX_BYTES = 1024
const NOTHING = /^[0\-+(). ]*$/
const BLOCKED = new Set(
  `-1|null|(null)|undefined|none|nil|nan|n/a|anonymous|guest|unknown|true|false|[object object]|{}|[]|user_id|userid|
anonymous_id|email|phone|test@test.com|test@test.test|no@email.com|noemail@noemail.com|none@none.com|null@null.com|a@a.com|
asdf@asdf.com`
    .replaceAll('\n', '')
    .split('|'),
)

/** The same answer as public.identifier_id(type, value): null for what names nobody. */
export function identifierId(type: string, value: string): string | null {
  if (NOTHING.test(value) || Buffer.byteLength(value) > MAX_BYTES || BLOCKED.has(lower(trimSpaces(value)))) return null
  const hex = createHash('md5').update(`${type}\u001f${value}`).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** Strongest first; a spelling right after what it spells. Values that name nobody are left out. */
export function nameIdentifiers(policy: Policy, ids: Record<string, unknown>): Named[] {
  const named: Named[] = []
  const types = Object.keys(ids).map((key) => policy.type(key))
  types.sort((a, b) => a.priority - b.priority || (a.key < b.key ? -1 : 1))
  for (const type of types) {
    const all = spellings(type, ids[type.key])
    if (all.length > 0 && !type.blocks(all[0]!.value)) named.push(...all)
  }
  return named
}

/** The ids, in every spelling, of what names nobody by the tenant's own policy. */
export function blockedIdentifiers(policy: Policy, ids: Record<string, unknown>): string[] {
  return Object.keys(ids).flatMap((key) => {
    const type = policy.type(key)
    if (type.blocked.length === 0) return []
    const all = spellings(type, ids[key])
    return all.length > 0 && type.blocks(all[0]!.value) ? all.map(({ id }) => id) : []
  })
}

/** The identifier first, then its other spellings; nothing for what names nobody anywhere. */
function spellings(type: IdentifierType, given: unknown): Named[] {
  if (typeof given !== 'string' && typeof given !== 'number') return []
  const raw = String(given)
  const value = normalise(type, raw)
  const id = identifierId(type.key, value)
  if (id === null) return []
  const named: Named[] = [{ id, type, value, aliasOf: null }]
  for (const spelling of storedAs(type, raw)) {
    const spelled = identifierId(type.key, spelling)
    if (spelled !== null && spelled !== id) named.push({ id: spelled, type, value: spelling, aliasOf: id })
  }
  return named
}

/** The spellings that rows hash by themselves. E-mail is lowered everywhere; of a phone, CRM rows trim the blanks. */
function storedAs(type: IdentifierType, raw: string): Set<string> {
  if (type.key === 'email') return new Set([lower(trimSpaces(raw))])
  return type.normaliser === 'verbatim' ? new Set() : new Set([raw, trimSpaces(raw)])
}

function normalise(type: IdentifierType, raw: string): string {
  switch (type.normaliser) {
    case 'email':
    case 'lower':
      return lower(trimSpaces(raw))
    case 'phone':
      return phone(trimSpaces(raw), type.country)
    case 'verbatim':
      return raw
  }
}

/** E.164 where the number has a country and can exist; as it came otherwise. */
function phone(raw: string, country: CountryCode | null): string {
  if (raw.length > 40) return raw
  const parsed = parsePhoneNumberFromString(raw, { extract: false, ...(country && { defaultCountry: country }) })
  return parsed?.isPossible() ? parsed.number : raw
}

/** As btrim: spaces only. */
function trimSpaces(text: string): string {
  return text.replace(/^ +| +$/g, '')
}

/**
 * As lower() of Postgres's own C.UTF-8: one code point becomes one code point, whatever stands around it.
 * toLowerCase() of the whole would turn a final Σ into ς and İ into two.
 */
function lower(text: string): string {
  if (/^[\x00-\x7f]*$/.test(text)) return text.toLowerCase()
  let result = ''
  for (const char of text) result += char === 'İ' ? 'i' : char.toLowerCase()
  return result
}
