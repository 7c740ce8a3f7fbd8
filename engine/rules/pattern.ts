/**
 * Regular expressions. The language is the part of RE2's (https://github.com/google/re2/wiki/Syntax) that Postgres's engine
 * can be told to read alike, and that it matches in time linear in the text: no back-references, no look-around, and
 * repetition within bounds. Each piece is read and written anew, so that nothing reaches Postgres that is not meant here.
 */
const MAX_LENGTH = 500
/** Of nested repetitions, multiplied: (a{10}){10} is 100. */
const MAX_REPEAT = 1000

const SHORTHANDS: Record<string, string> = { d: '0-9', w: '0-9A-Za-z_', s: '\\t\\n\\f\\r ' }
const CONTROLS: Record<string, string> = { t: '\\t', n: '\\n', r: '\\r', f: '\\f', v: '\\v' }

/** What is wrong with the pattern, or undefined. */
export function checkPattern(pattern: string): string | undefined {
  try {
    toPostgres(pattern)
    return undefined
  } catch (error) {
    if (error instanceof PatternProblem) return error.message
    throw error
  }
}

/** The pattern as an advanced regular expression of Postgres. Throws on what checkPattern complains of. */
export function toPostgres(pattern: string): string {
  if (pattern.length > MAX_LENGTH) throw new PatternProblem(`a pattern has at most ${MAX_LENGTH} characters`)
  const reader = new PatternReader(pattern)
  const { text } = reader.alternatives()
  if (!reader.done) throw new PatternProblem('")" closes nothing')
  return `***:${text}`
}

class PatternProblem extends Error {}

type Piece = { text: string; repeat: number }

class PatternReader {
  private readonly characters: string[]
  private at = 0

  constructor(pattern: string) {
    this.characters = [...pattern]
  }

  get done(): boolean {
    return this.at >= this.characters.length
  }

  private get next(): string | undefined {
    return this.characters[this.at]
  }

  private take(): string {
    const character = this.characters[this.at++]
    if (character === undefined) throw new PatternProblem('the pattern ends too early')
    return character
  }

  private takes(text: string): boolean {
    const found = this.characters.slice(this.at, this.at + text.length).join('') === text
    if (found) this.at += text.length
    return found
  }

  alternatives(): Piece {
    const pieces = [this.sequence()]
    while (this.takes('|')) pieces.push(this.sequence())
    return { text: pieces.map(({ text }) => text).join('|'), repeat: Math.max(...pieces.map(({ repeat }) => repeat)) }
  }

  private sequence(): Piece {
    let text = ''
    let repeat = 1
    while (!this.done && this.next !== '|' && this.next !== ')') {
      const piece = this.repeated(this.atom())
      text += piece.text
      repeat = Math.max(repeat, piece.repeat)
    }
    return { text: text || '(?:)', repeat }
  }

  private atom(): Piece {
    const character = this.take()
    if (character === '(') return this.group()
    if (character === '[') return { text: this.set(), repeat: 1 }
    if (character === '.') return { text: '[^\\n]', repeat: 1 }
    if (character === '^' || character === '$') return { text: character, repeat: 1 }
    if (character === '\\') return { text: this.escape(), repeat: 1 }
    if ('*+?{'.includes(character)) throw new PatternProblem(`"${character}" repeats nothing`)
    return { text: literal(character), repeat: 1 }
  }

  private group(): Piece {
    if (this.next === '?' && !this.takes('?:')) {
      throw new PatternProblem(
        'of the groups that begin with "(?", only "(?:" is known; use ignoreCase instead of (?i)',
      )
    }
    const { text, repeat } = this.alternatives()
    if (!this.takes(')')) throw new PatternProblem('"(" is not closed')
    return { text: `(?:${text})`, repeat }
  }

  private escape(): string {
    const character = this.take()
    if (character in SHORTHANDS) return `[${SHORTHANDS[character]}]`
    if (character.toLowerCase() in SHORTHANDS) return `[^${SHORTHANDS[character.toLowerCase()]}]`
    return this.escaped(character)
  }

  private escaped(character: string): string {
    if (character in CONTROLS) return CONTROLS[character]!
    if (/[0-9A-Za-z]/.test(character)) throw new PatternProblem(`"\\${character}" is not known`)
    return literal(character)
  }

  private set(): string {
    let text = this.takes('^') ? '[^' : '['
    let empty = true
    for (;;) {
      const character = this.take()
      if (character === ']' && !empty) return `${text}]`
      empty = false
      if (character === '[' && ':.='.includes(this.next ?? '')) {
        throw new PatternProblem('named classes such as [[:alpha:]] are not known')
      }
      const next = character === '\\' ? this.next : undefined
      if (next !== undefined && next in SHORTHANDS) {
        text += SHORTHANDS[this.take()]
        continue
      }
      const low = character === '\\' ? this.escaped(this.take()) : literal(character)
      if (this.next === '-' && this.characters[this.at + 1] !== ']') {
        this.take()
        const end = this.take()
        const high = end === '\\' ? this.escaped(this.take()) : literal(end)
        if (codeOf(low) > codeOf(high)) throw new PatternProblem('a range runs backwards')
        text += `${low}-${high}`
      } else {
        text += low
      }
    }
  }

  private repeated(piece: Piece): Piece {
    const count = this.quantifier()
    if (!count) return piece
    if (piece.text === '^' || piece.text === '$') throw new PatternProblem(`"${piece.text}" cannot be repeated`)
    this.takes('?') // lazy or not is the same to whether it matches
    if (this.next !== undefined && '*+?'.includes(this.next)) throw new PatternProblem('a repetition is repeated')
    const repeat = piece.repeat * count.most
    if (repeat > MAX_REPEAT) throw new PatternProblem(`repetitions multiply to more than ${MAX_REPEAT}`)
    return { text: piece.text + count.text, repeat }
  }

  private quantifier(): { text: string; most: number } | undefined {
    for (const text of ['*', '+', '?']) if (this.takes(text)) return { text, most: 1 }
    if (this.next !== '{') return undefined
    const rest = this.characters.slice(this.at, this.at + 12).join('')
    const match = /^\{(\d{1,3})(,(\d{1,3})?)?\}/.exec(rest)
    if (!match) throw new PatternProblem('"{" begins no repetition such as {2,5}; write \\{ for the character')
    const [least, most] = [Number(match[1]), Number(match[3] ?? match[1])]
    if (least > most || most > 255) throw new PatternProblem('a repetition is {n,m} with n <= m <= 255')
    this.at += match[0].length
    return { text: match[0], most: Math.max(most, 1) }
  }
}

function literal(character: string): string {
  return /[\x20-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e]/.test(character) ? `\\${character}` : character
}

function codeOf(written: string): number {
  const controls: Record<string, number> = { '\\t': 9, '\\n': 10, '\\v': 11, '\\f': 12, '\\r': 13 }
  return controls[written] ?? written.codePointAt(written.startsWith('\\') && written.length > 1 ? 1 : 0)!
}
