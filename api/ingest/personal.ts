/**
 * Personal data, before anything of an event is kept: members that the tenant's rules name are dropped, hashed or masked in
 * the text that came, so that neither a row nor a dead letter ever has them. All else of the text stays as it was.
 */
import { createHash, createHmac } from 'node:crypto'
import type { PersonalAction, PersonalRule } from '../../engine/gate/settings.ts'
import { type Envelope, fromText, type RawEvent } from './envelope.ts'
import { MAX_DEPTH, ScanError, Scanner, unquote } from './scan.ts'

/** What the rules say below one member. */
type Node = { action?: PersonalAction; members: Map<string, Node> }

const HASHED = /^hmac:[0-9a-f]{64}$/
const SHOWN = 4

export class PersonalData {
  readonly #event: Node = { members: new Map() }
  /** By the last key of each path: for bodies that are no events yet, and so have no paths. */
  readonly #anywhere = new Map<string, PersonalAction>()
  readonly #hints: string[]
  readonly #key: string

  /** `key` is the tenant's: the same value gives the same hash, for as long as the key lives, and for nobody else. */
  constructor(rules: readonly PersonalRule[], key: string) {
    this.#key = key
    for (const { path, action } of rules) {
      const keys = path.split('.')
      add(this.#event, keys, action)
      // RudderStack's SDKs, and ours for people without an account, say traits there.
      if (keys[0] === 'traits') add(this.#event, ['context', ...keys], action)
      if (keys.at(-1) !== '*') this.#anywhere.set(keys.at(-1)!, action)
    }
    const lasts = rules.map(({ path }) => path.split('.').findLast((key) => key !== '*')!)
    this.#hints = [...new Set(lasts)].map((key) => JSON.stringify(key))
  }

  event(raw: RawEvent): RawEvent {
    if (raw.json[0] !== '{' || !this.#mayName(raw.json)) return raw
    const clean = fromText(this.#rewrite(raw.json, this.#event, 0))!
    clean.messageId = raw.messageId // which a line of a file has from its place, and not in its text
    return clean
  }

  envelope(envelope: Envelope): Envelope {
    const node = this.#event.members.get('context')
    const { context } = envelope
    const clean = context?.[0] === '{' && node && this.#mayName(context) ? this.#rewrite(context, node, 0) : context
    return { ...envelope, context: clean, events: envelope.events.map((event) => this.event(event)) }
  }

  /** Of a body that is no event yet: whatever bears such a name, wherever it is. What cannot be read is withheld. */
  body(text: string): string {
    try {
      const scanner = new Scanner(text)
      scanner.value()
      scanner.end()
    } catch (error) {
      if (!(error instanceof ScanError)) throw error
      const hash = createHash('sha256').update(text).digest('hex')
      return `Withheld, since it cannot be read and may hold personal data: ${text.length} characters, SHA-256 ${hash}.`
    }
    return this.#everywhere(text.trim(), 0)
  }

  #mayName(json: string): boolean {
    return json.includes('\\u') || this.#hints.some((hint) => json.includes(hint))
  }

  #rewrite(json: string, node: Node, depth: number): string {
    return walk(json, depth, (key, value) => {
      const next = node.members.get(key)
      const any = node.members.get('*')
      let result: string | null = value
      for (const rule of [next, any]) {
        if (!rule || result === null) continue
        result = rule.action ? this.#apply(rule.action, result, depth + 1) : this.#rewrite(result, rule, depth + 1)
      }
      return result
    })
  }

  #everywhere(json: string, depth: number): string {
    return walk(json, depth, (key, value) => {
      const action = this.#anywhere.get(key)
      return action ? this.#apply(action, value, depth + 1) : this.#everywhere(value, depth + 1)
    })
  }

  /** Of an object or a list: each value in it. Null: the member goes. */
  #apply(action: PersonalAction, json: string, depth: number): string | null {
    if (action === 'drop') return null
    if (json[0] === '{' || json[0] === '[') {
      return walk(json, depth, (_key, value) => this.#apply(action, value, depth + 1), true)
    }
    if (json === 'null') return json
    const text = json[0] === '"' ? unquote(json) : json
    return JSON.stringify(action === 'hash' ? this.#hash(text) : mask(text))
  }

  /** Addresses are one in any spelling. What is a hash already stays, so that a replay changes nothing. */
  #hash(text: string): string {
    if (HASHED.test(text)) return text
    const value = text.includes('@') ? text.trim().toLowerCase() : text
    return `hmac:${createHmac('sha256', this.#key).update(value).digest('hex')}`
  }
}

function add(node: Node, [key, ...rest]: string[], action: PersonalAction): void {
  let next = node.members.get(key!)
  if (!next) node.members.set(key!, (next = { members: new Map() }))
  if (rest.length === 0) next.action = action
  else add(next, rest, action)
}

/** All but the last four characters, and those too of what is short. */
function mask(text: string): string {
  const characters = [...text]
  const shown = characters.length >= 2 * SHOWN ? SHOWN : 0
  return '*'.repeat(characters.length - shown) + characters.slice(characters.length - shown).join('')
}

/**
 * The text anew, each member of an object as `change` has it (null: without it), and each element of a list, of which it is
 * told under the key of the list. `inside`: elements that are values are told too, otherwise only what lies in them.
 */
function walk(
  json: string,
  depth: number,
  change: (key: string, value: string) => string | null,
  inside = false,
): string {
  if (depth > MAX_DEPTH) return 'null'
  const parts: string[] = []
  const scanner = new Scanner(json)
  if (json[0] === '{') {
    scanner.members((key, start, end) => {
      const value = change(key, json.slice(start, end))
      if (value !== null) parts.push(`${JSON.stringify(key)}:${value}`)
    })
    return `{${parts.join(',')}}`
  }
  if (json[0] !== '[') return json
  scanner.elements(() => {
    const start = scanner.at
    scanner.value()
    const element = json.slice(start, scanner.at)
    parts.push(inside ? (change('', element) ?? 'null') : walk(element, depth + 1, change))
  })
  return `[${parts.join(',')}]`
}
