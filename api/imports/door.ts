/**
 * POST or PUT /v1/imports/<kind>: a file, streamed in and committed piece by piece, and its report, streamed out as NDJSON: a line
 * per refused line (the error file), progress in between, and the sum at the end.
 */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { Config } from '../../config.ts'
import { type Client, inTenant } from '../../db/client.ts'
import { readObjects } from '../../engine/model/objects.ts'
import { KithError } from '../../errors.ts'
import { log } from '../../log.ts'
import { requireKey, requireScope, type Viewer } from '../auth/viewer.ts'
import { actorOf } from '../context.ts'
import { abandonBody } from '../ingest/body.ts'
import type { Writer } from '../ingest/writer.ts'
import { tryEvents } from './dry-run.ts'
import { importEvents } from './events.ts'
import type { Importer, PieceResult } from './importer.ts'
import { type Format, readLines } from './read.ts'
import { importRecords, RECORD_KINDS, tryRecords } from './records.ts'
import { readTexts } from './texts.ts'

const PER_PIECE = 5000
/** A file of which more lines, and most, are refused is not what its sender thinks it is. Many clients read no report before the end. */
const MOST_REFUSED = 10_000
const LONGEST_RAW = 2000

type Total = { lines: number; stored: number; known: number; discarded?: number; refused: number }

export type ImportOptions = { sql: Client; writer: Writer; config: Pick<Config, 'MAX_EVENT_BYTES'> }

/** The kind in the path; null for other paths. */
export function importKind(url = ''): string | null {
  return /^\/+v1\/+imports\/+([^/?]+)\/*(?:\?|$)/.exec(url)?.[1] ?? null
}

export async function takeImport(
  options: ImportOptions,
  viewer: Viewer | null,
  kind: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const query = new URL(request.url!, 'http://localhost').searchParams
  const name = query.get('name') ?? `import-${randomUUID()}`
  const dryRun = dryRunOf(query)
  const importer = await importerOf(options, viewer, kind, name, dryRun !== null)
  const format = formatOf(query, request)
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  const say = (line: object) => void response.write(`${JSON.stringify(line)}\n`)

  const total: Total = { lines: 0, stored: 0, known: 0, refused: 0 }
  const count = (lines: number, { stored, known, discarded = 0, refused, would = [] }: PieceResult) => {
    for (const line of would) say(line)
    for (const line of refused) say({ ...line, raw: line.raw.slice(0, LONGEST_RAW) })
    total.lines += lines
    total.stored += stored
    total.known += known
    if (discarded > 0) total.discarded = (total.discarded ?? 0) + discarded
    total.refused += refused.length
    say({ progress: total })
    if (total.refused > MOST_REFUSED && 2 * total.refused > total.lines) {
      throw new KithError(
        'IMPORT_HOPELESS',
        `Expected lines of which most fit; of the first ${total.lines}, ${total.refused} do not.`,
      )
    }
  }
  try {
    const delimiter = query.get('delimiter') ?? ','
    const lines = readLines(inflated(request), {
      format,
      delimiter,
      longest: options.config.MAX_EVENT_BYTES,
      perPiece: dryRun ?? PER_PIECE,
    })
    // One piece is read while another is committed.
    let committing: Promise<void> = Promise.resolve()
    for await (const piece of lines) {
      await committing
      committing = importer(piece).then((result) => count(piece.length, result))
      committing.catch(() => {}) // awaited in a moment
      if (dryRun !== null) break
    }
    await committing
    response.end(`${JSON.stringify({ done: { name, ...(dryRun !== null && { dryRun: true }), ...total } })}\n`)
    abandonBody(request)
  } catch (error) {
    const known =
      error instanceof KithError
        ? error
        : new KithError('IMPORT_BROKEN', 'The import ended early; send the same file again.', { cause: error })
    response.end(`${JSON.stringify({ error: { code: known.code, message: known.message, ...total } })}\n`)
    abandonBody(request)
    if (request.destroyed && !request.complete) log.info('import left by its sender', { kind, lines: total.lines })
    else if (!(error instanceof KithError)) log.error('import broken', { kind, error: error as Error })
  }
}

async function importerOf(
  { sql, writer }: ImportOptions,
  viewer: Viewer | null,
  kind: string,
  name: string,
  isDry: boolean,
): Promise<Importer> {
  const takeRecords = isDry ? tryRecords : importRecords
  const takeEvents = async (ofPeople: boolean) => {
    requireScope(viewer, 'write')
    const file = { name, ofPeople, texts: await inTenant(sql, viewer.tenantId, readTexts) }
    return isDry ? tryEvents(sql, viewer, file) : importEvents(writer, viewer, file)
  }
  if (kind === 'events') return takeEvents(false)
  if (Object.hasOwn(RECORD_KINDS, kind)) {
    requireScope(viewer, 'edit')
    return takeRecords(sql, viewer.tenantId, kind, { actor: actorOf(viewer) })
  }
  requireKey(viewer)
  const objects = await inTenant(sql, viewer.tenantId, readObjects)
  const object = objects.find(({ plural }) => plural === kind)
  if (object) {
    requireScope(viewer, 'edit')
    return takeRecords(sql, viewer.tenantId, kind, { object, actor: actorOf(viewer) })
  }
  // Behind the tenant's own objects, one of which may be called so.
  if (kind === 'people') return takeEvents(true)
  const kinds = ['events', 'people', ...Object.keys(RECORD_KINDS), ...objects.map(({ plural }) => plural)]
  throw new KithError('NOT_FOUND', `Expected /v1/imports/ and one of ${kinds.join(', ')}.`, { status: 404 })
}

function formatOf(query: URLSearchParams, { headers }: IncomingMessage): Format {
  const said =
    query.get('format') ??
    (/csv/.test(headers['content-type'] ?? '') ? 'csv' : /json/.test(headers['content-type'] ?? '') ? 'ndjson' : null)
  if (said === 'csv' || said === 'ndjson') return said
  throw new KithError(
    'INPUT_INVALID',
    'Expected content-type text/csv or application/x-ndjson, or ?format=csv or ndjson.',
  )
}

function inflated(request: IncomingMessage): Readable {
  if (request.headers['content-encoding'] !== 'gzip') return request
  const gunzip = createGunzip()
  request.once('error', (error) => gunzip.destroy(error))
  return request.pipe(gunzip)
}

const MOST_TRIED = 1000

/** How many lines are to be tried; null when the file is meant. */
function dryRunOf(query: URLSearchParams): number | null {
  const said = query.get('dryRun')
  if (said === null) return null
  const lines = Number(said)
  if (Number.isInteger(lines) && lines >= 1 && lines <= MOST_TRIED) return lines
  throw new KithError('INPUT_INVALID', `Expected dryRun to be a number of lines from 1 to ${MOST_TRIED}.`)
}
