/**
 * Reads JSON without building it: events travel to Postgres as the very text that came, so that a long number keeps its
 * digits and a dead letter every byte. One pass, no recursion: a million brackets are as harmless as a million spaces. It
 * costs what JSON.parse and JSON.stringify would, about a microsecond for a small event.
 */

/** What jsonb refuses, or JavaScript cannot read back, in a value that is JSON nevertheless. */
/** What a text is told that Postgres cannot keep as it is. */
export const HALF_A_CHARACTER = 'Expected whole characters; found half of a surrogate pair (\\ud800 to \\udfff).'

export type Problem = 'nul' | 'surrogate' | 'number' | 'depth'

/** Containers within containers, the event itself being the first. */
export const MAX_DEPTH = 64
/** A number written longer than this, or beyond what a double holds, is somebody's mistake. */
const LONGEST_NUMBER = 400

const QUOTE = 34
const COMMA = 44
const MINUS = 45
const DOT = 46
const COLON = 58
const BACKSLASH = 92
const OPEN_LIST = 91
const CLOSE_LIST = 93
const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125

export class ScanError extends Error {
  /** Where, in UTF-16 units from the start. */
  readonly position: number

  constructor(position: number, expected: string) {
    super(`Expected ${expected} at position ${position}.`)
    this.position = position
  }
}

export class Scanner {
  readonly text: string
  at: number
  /** The first problem met since this was last set to null. */
  problem: Problem | null = null

  constructor(text: string, at = 0) {
    this.text = text
    this.at = at
  }

  /** The code of the next character that is no space, where the scanner then stands; -1 at the end. */
  peek(): number {
    const { text } = this
    let { at } = this
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) {
        this.at = at
        return code
      }
    }
    this.at = at
    return -1
  }

  /** Skips a value; its text is what lies between the position after peek() and the position after this. */
  value(): void {
    const kinds: number[] = []
    for (;;) {
      const code = this.peek()
      if (code === OPEN_OBJECT || code === OPEN_LIST) {
        this.at++
        if (this.peek() === code + 2) this.at++
        else {
          kinds.push(code)
          if (kinds.length > MAX_DEPTH) this.problem ??= 'depth'
          if (code === OPEN_OBJECT) this.key()
          continue
        }
      } else this.scalar(code)

      for (;;) {
        const kind = kinds.at(-1)
        if (kind === undefined) return
        const next = this.peek()
        if (next === COMMA) {
          this.at++
          if (kind === OPEN_OBJECT) this.key()
          break
        }
        if (next !== kind + 2) this.fail(kind === OPEN_OBJECT ? '"," or "}"' : '"," or "]"')
        this.at++
        kinds.pop()
      }
    }
  }

  /**
   * Calls `visit` for each member of the object here, with where its value starts and ends. A member with a reader of its
   * own is not skipped: the reader must move past it.
   */
  members(visit: (key: string, start: number, end: number) => void, readers?: Record<string, () => void>): void {
    if (this.peek() !== OPEN_OBJECT) this.fail('"{"')
    this.at++
    if (this.peek() === CLOSE_OBJECT) {
      this.at++
      return
    }
    for (;;) {
      const key = this.key()
      this.peek()
      const start = this.at
      if (readers && Object.hasOwn(readers, key)) readers[key]!()
      else {
        this.value()
        visit(key, start, this.at)
      }
      const next = this.peek()
      if (next !== COMMA && next !== CLOSE_OBJECT) this.fail('"," or "}"')
      this.at++
      if (next === CLOSE_OBJECT) return
    }
  }

  /** Calls `visit` at each element of the list here; it must move past the element. */
  elements(visit: () => void): void {
    if (this.peek() !== OPEN_LIST) this.fail('"["')
    this.at++
    if (this.peek() === CLOSE_LIST) {
      this.at++
      return
    }
    for (;;) {
      this.peek()
      visit()
      const next = this.peek()
      if (next !== COMMA && next !== CLOSE_LIST) this.fail('"," or "]"')
      this.at++
      if (next === CLOSE_LIST) return
    }
  }

  end(): void {
    if (this.peek() !== -1) this.fail('the end')
  }

  private key(): string {
    if (this.peek() !== QUOTE) this.fail('a quoted key')
    const start = this.at
    const escaped = this.string()
    const raw = this.text.slice(start, this.at)
    if (this.peek() !== COLON) this.fail('":"')
    this.at++
    return escaped ? JSON.parse(raw) : raw.slice(1, -1)
  }

  private scalar(code: number): void {
    if (code === QUOTE) this.string()
    else if (code === MINUS || (code >= 48 && code <= 57)) this.number()
    else if (this.text.startsWith('true', this.at) || this.text.startsWith('null', this.at)) this.at += 4
    else if (this.text.startsWith('false', this.at)) this.at += 5
    else this.fail('a value')
  }

  /** Skips a string; whether it holds escapes. */
  private string(): boolean {
    const { text } = this
    let escaped = false
    for (let at = this.at + 1; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code === QUOTE) {
        this.at = at + 1
        return escaped
      }
      if (code === BACKSLASH) {
        escaped = true
        at = this.escape(at)
      } else if (code < 32) {
        this.at = at
        this.fail('an escape for a control character')
      }
    }
    this.at = text.length
    return this.fail('the closing quote')
  }

  /** From a backslash to the last character of its escape. */
  private escape(at: number): number {
    const { text } = this
    const letter = text[at + 1]
    if (letter !== 'u') {
      if (letter !== undefined && '"\\/bfnrt'.includes(letter)) return at + 1
      this.at = at
      return this.fail('an escape that JSON knows')
    }
    const unit = this.hex(at + 2)
    if (unit === 0) this.problem ??= 'nul'
    if (unit < 0xd800 || unit > 0xdfff) return at + 5
    const isPair = unit < 0xdc00 && text.startsWith('\\u', at + 6) && (this.hex(at + 8) & 0xfc00) === 0xdc00
    if (isPair) return at + 11
    this.problem ??= 'surrogate'
    return at + 5
  }

  private hex(at: number): number {
    const digits = this.text.slice(at, at + 4)
    if (/^[0-9a-fA-F]{4}$/.test(digits)) return Number.parseInt(digits, 16)
    this.at = at
    return this.fail('four hexadecimal digits')
  }

  private number(): void {
    const { text, at: start } = this
    let at = start
    if (text.charCodeAt(at) === MINUS) at++
    if (text.charCodeAt(at) === 48) at++
    else at = this.digits(at)
    if (text.charCodeAt(at) === DOT) at = this.digits(at + 1)
    const letter = text[at]
    if (letter === 'e' || letter === 'E') {
      const sign = text[at + 1]
      at = this.digits(sign === '+' || sign === '-' ? at + 2 : at + 1)
      const exponent = Number(text.slice(text.lastIndexOf(letter, at) + 1, at))
      if (Math.abs(exponent) > LONGEST_NUMBER || !Number.isFinite(Number(text.slice(start, at))))
        this.problem ??= 'number'
    }
    if (at - start > LONGEST_NUMBER || (at - start > 300 && !Number.isFinite(Number(text.slice(start, at))))) {
      this.problem ??= 'number'
    }
    this.at = at
  }

  private digits(from: number): number {
    let at = from
    for (; at < this.text.length; at++) {
      const code = this.text.charCodeAt(at)
      if (code < 48 || code > 57) break
    }
    if (at > from) return at
    this.at = at
    return this.fail('a digit')
  }

  private fail(expected: string): never {
    throw new ScanError(this.at, expected)
  }
}

/** The member `key` of the object that `json` is, as text; the last one where several have this key, as jsonb has it. */
export function memberOf(json: string, key: string): string | undefined {
  let found: string | undefined
  new Scanner(json).members((name, start, end) => {
    if (name === key) found = json.slice(start, end)
  })
  return found
}

/** The value of a JSON string. */
export function unquote(json: string): string {
  return json.includes('\\') ? JSON.parse(json) : json.slice(1, -1)
}
