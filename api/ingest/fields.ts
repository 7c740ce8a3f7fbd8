/** The members of an event as values, from their JSON text. Each throws EVENT_BAD_FIELD when it is of another kind. */
import { type Instant, parseInstant } from './instant.ts'
import { Refusal } from './refusal.ts'
import { unquote } from './scan.ts'

/** Text that is not empty, or null. An integer is read as its digits: many systems number their users. */
export function textField(field: string, json: string | undefined, longest: number): string | null {
  if (json === undefined || json === 'null') return null
  if (json[0] !== '"') {
    if (/^\d{1,40}$/.test(json)) return json
    throw badField(field, 'text', json)
  }
  const text = unquote(json)
  if (text.length > longest) {
    throw new Refusal(
      'EVENT_BAD_FIELD',
      `Expected ${field} to have at most ${longest} characters; found ${text.length}.`,
    )
  }
  // Our separators on the way to Postgres (db/sql/store-events.ts); JSON lets them in only as escapes.
  if (json.includes('\\') && (text.includes('\u001e') || text.includes('\u001f'))) {
    throw new Refusal('EVENT_BAD_TEXT', `Expected ${field} without the characters U+001E and U+001F.`)
  }
  return text.trim() === '' ? null : text
}

/** The JSON text of an object, or null. */
export function objectField(field: string, json: string | undefined): string | null {
  if (json === undefined || json === 'null') return null
  if (json[0] === '{') return json
  throw badField(field, 'an object', json)
}

export function instantField(field: string, json: string | undefined): Instant | null {
  if (json === undefined || json === 'null' || json === '""') return null
  const isNumber = /^\d+$/.test(json)
  if (!isNumber && json[0] !== '"') throw badField(field, 'an ISO 8601 date and time', json)
  const instant = parseInstant(isNumber ? Number(json) : unquote(json))
  if (instant) return instant
  throw new Refusal('EVENT_BAD_TIME', `Expected ${field} to be an ISO 8601 date and time; found ${json.slice(0, 80)}.`)
}

function badField(field: string, expected: string, json: string): Refusal {
  return new Refusal('EVENT_BAD_FIELD', `Expected ${field} to be ${expected}; found ${kindOf(json)}.`)
}

function kindOf(json: string): string {
  switch (json[0]) {
    case '{':
      return 'an object'
    case '[':
      return 'a list'
    case '"':
      return 'text'
    case 't':
    case 'f':
      return 'a boolean'
    default:
      return 'a number'
  }
}
