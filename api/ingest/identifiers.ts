/** The identifiers that an event names beside user_id and anonymous_id. */
import { memberOf, Scanner, unquote } from './scan.ts'

const LONGEST = 320
/** Columns of their own, or ids of our own records: no client may claim those. */
const RESERVED = new Set(['user_id', 'anonymous_id', 'contact', 'lead'])

/**
 * {"email", "phone", ...} as JSON text: from the person's traits (`traits` of an identify call, and `context.traits`) and
 * from Segment's `context.externalIds` or RudderStack's `context.externalId`. What is no usable identifier is left out and
 * stays a trait. Null for none.
 */
export function identifiersOf(traits: string | null, context: string | null): string | null {
  const said = context?.includes('"traits"') ? memberOf(context, 'traits') : undefined
  const external = context?.includes('"externalId')
    ? (memberOf(context, 'externalIds') ?? memberOf(context, 'externalId'))
    : undefined
  if (traits === null && said === undefined && external === undefined) return null

  const found: Record<string, string> = {}
  if (external?.startsWith('[')) readExternalIds(external, found)
  for (const json of [said, traits]) if (json?.startsWith('{')) readTraits(json, found)
  const json = JSON.stringify(found)
  return json === '{}' ? null : json
}

function readTraits(json: string, found: Record<string, string>): void {
  if (!json.includes('"email"') && !json.includes('"phone"')) return
  new Scanner(json).members((key, start, end) => {
    if (key === 'email') add(found, 'email', normaliseEmail(textOf(json.slice(start, end))))
    else if (key === 'phone') add(found, 'phone', normalisePhone(textOf(json.slice(start, end))))
  })
}

function readExternalIds(json: string, found: Record<string, string>): void {
  const list = new Scanner(json)
  list.elements(() => {
    const start = list.at
    list.value()
    const item = json.slice(start, list.at)
    if (item[0] !== '{') return
    const type = textOf(memberOf(item, 'type') ?? '')
    if (!/^[A-Za-z0-9_.-]{1,64}$/.test(type) || RESERVED.has(type)) return
    const value = textOf(memberOf(item, 'id') ?? '')
    add(found, type, type === 'email' ? normaliseEmail(value) : type === 'phone' ? normalisePhone(value) : value)
  })
}

function add(found: Record<string, string>, type: string, value: string): void {
  if (value !== '' && value.length <= LONGEST) found[type] = value
}

/** The text of a JSON string, or the digits of an integer, trimmed; '' for anything else. */
function textOf(json: string): string {
  if (json[0] === '"') return unquote(json).trim()
  return /^\d{1,40}$/.test(json) ? json : ''
}

function normaliseEmail(text: string): string {
  return text.includes('@') ? text.toLowerCase() : ''
}

/** '+49 (30) 123-45' and '0049 30 12345' -> '+493012345'. Without a country it stays as it is, without its punctuation. */
function normalisePhone(text: string): string {
  const digits = text.replace(/[\s().\-/]/g, '').replace(/^00/, '+')
  return /^\+?\d{4,20}$/.test(digits) ? digits : ''
}
