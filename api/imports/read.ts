/** A file as it streams in, line by line, in pieces of some thousand lines. Memory holds a piece or two. */
import { isUtf8 } from 'node:buffer'
import { type Readable, Transform } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { CsvError, parse } from 'csv-parse'
import { KithError } from '../../errors.ts'

export type Format = 'csv' | 'ndjson'

/** One row of a CSV file (cells by column, empty ones left out), or one line of NDJSON. `number` counts from 1, as editors do. */
export type Line = { number: number; raw: string; cells?: Map<string, string>; problem?: string }

export type ReadOptions = { format: Format; delimiter: string; longest: number; perPiece: number }

/** Throws FILE_UNREADABLE where a file can be read no further. */
export async function* readLines(source: Readable, options: ReadOptions): AsyncGenerator<Line[]> {
  const file = source.pipe(onlyUtf8())
  source.once('error', (error) => file.destroy(error))
  let piece: Line[] = []
  for await (const line of options.format === 'csv' ? csvLines(file, options) : jsonLines(file, options)) {
    piece.push(line)
    if (piece.length < options.perPiece) continue
    yield piece
    piece = []
  }
  if (piece.length > 0) yield piece
}

/** Passes on what comes. A spreadsheet's file in another encoding would be stored with marks in the place of its letters. */
function onlyUtf8(): Transform {
  let rest: Buffer = Buffer.alloc(0)
  const refused = () =>
    new KithError('FILE_UNREADABLE', 'Expected UTF-8; convert the file first, such as by iconv -f latin1 -t utf-8.')
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
      const end = bytes.length - unfinished(bytes)
      rest = bytes.subarray(end)
      if (isUtf8(bytes.subarray(0, end))) done(null, chunk)
      else done(refused())
    },
    flush: (done) => done(rest.length > 0 ? refused() : null),
  })
}

/** How many bytes at the end begin a character that is not whole yet: three at most. */
function unfinished(bytes: Buffer): number {
  for (let n = 1; n <= Math.min(3, bytes.length); n++) {
    const byte = bytes[bytes.length - n]!
    if (byte < 0x80) return 0
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > n ? n : 0
  }
  return 0
}

type CsvRow = { record: string[]; raw: string; info: { lines: number } }

async function* csvLines(file: Readable, { delimiter, longest }: ReadOptions): AsyncGenerator<Line> {
  const parser = parse({
    bom: true,
    delimiter,
    info: true,
    raw: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: longest,
  })
  file.once('error', (error) => parser.destroy(error))
  let columns: string[] | undefined
  try {
    for await (const row of file.pipe(parser) as AsyncIterable<CsvRow>) {
      const { record, info } = row
      const raw = row.raw.replace(/\r?\n?$/, '')
      if (!columns) columns = columnsOf(record)
      else if (record.length !== columns.length) {
        const problem = `Expected ${columns.length} cells, as in the first line; found ${record.length}.`
        yield { number: info.lines, raw, problem }
      } else {
        const filled = columns
          .map((column, n): [string, string] => [column, record[n]!])
          .filter(([, cell]) => cell !== '')
        yield { number: info.lines, raw, cells: new Map(filled) }
      }
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    throw new KithError('FILE_UNREADABLE', `Expected CSV. ${error.message}`)
  }
}

function columnsOf(record: string[]): string[] {
  const columns = record.map((name) => name.trim())
  if (columns.some((name) => name === '') || new Set(columns).size < columns.length) {
    throw new KithError(
      'FILE_UNREADABLE',
      'Expected the names of the columns in the first line, each once and none empty.',
    )
  }
  return columns
}

async function* jsonLines(file: Readable, { longest }: ReadOptions): AsyncGenerator<Line> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  let number = 0
  const tooLong = `Expected a line of at most ${longest} characters.`
  const line = (text: string): Line | undefined => {
    number++
    const raw = text.trim()
    if (raw === '') return undefined
    return raw.length > longest ? { number, raw: raw.slice(0, longest), problem: tooLong } : { number, raw }
  }
  // Who has read enough answers on the same connection: leaving off must not end it.
  for await (const chunk of file.iterator({ destroyOnReturn: false })) {
    const lines = (rest + decoder.write(chunk as Buffer)).split('\n')
    rest = lines.pop()!
    // A line without an end must not become all of memory: its head is kept, and one mark that it was too long.
    if (rest.length > longest + 1) rest = rest.slice(0, longest + 1)
    for (const text of lines) {
      const found = line(text)
      if (found) yield found
    }
  }
  const last = line(rest + decoder.end())
  if (last) yield last
}

/** A cell as JSON text: a number or a boolean where it is written as JSON writes them ("01" is text), otherwise text. */
export function cellAsJson(cell: string): string {
  return /^(-?(0|[1-9]\d{0,300})(\.\d{1,300})?|true|false)$/.test(cell) ? cell : JSON.stringify(cell.toWellFormed())
}
