/**
 * The batch writer: every event of this process, from whichever door, is committed here. Requests that arrive within a few
 * milliseconds of each other share a commit, and each is answered only when its own events are committed.
 *
 *   write -> normalise -> lane of the tenant and source -> (window, or batch full) -> one transaction -> answer
 */
import { type Config, config as processConfig } from '../../config.ts'
import { type Client, perClient } from '../../db/client.ts'
import type { DeadLetterRow } from '../../db/sql/store-dead-letters.ts'
import type { EventRow } from '../../db/sql/store-events.ts'
import { KithError } from '../../errors.ts'
import { currentTrace } from '../../trace.ts'
import type { Viewer } from '../auth/viewer.ts'
import { commitBatch, commitTogether, type Owner } from './commit.ts'
import { deadLetter } from './dead-letter.ts'
import { type Envelope, fromValue, type RawEvent } from './envelope.ts'
import { type Arrival, messageIdOf } from './normalise.ts'
import { admit, type Gate } from './gate.ts'
import { gatesOf } from './gates.ts'
import { createLimiter } from './rate.ts'
import { Refusal, type RefusalCode } from './refusal.ts'
import { type Committed, type Door, type KeptOut, nothingKeptOut, type Submission } from './submission.ts'
import { type Delivery, judged, type Stored } from './together.ts'

/** stored + deduplicated + dead.length + discarded + unconsented = the events that were sent. */
export type Outcome = {
  stored: number
  /** Events whose message id was stored before, or came twice. */
  deduplicated: number
  /** By the tenant's own filters and samples. */
  discarded: number
  /** Of people who had refused what the events are for. */
  unconsented: number
  dead: DeadEvent[]
}

/** An event that was refused and is kept as a dead letter. */
export type DeadEvent = {
  /** Its place in what was sent, from 0. */
  index: number
  messageId: string | null
  code: RefusalCode
  reason: string
  deadLetterId: string
}

export type Writer = {
  /**
   * Events as Segment's specification has them, as values. Resolves when everything is committed; rejects with RATE_LIMITED
   * (429), INGEST_BUSY or DATABASE_UNAVAILABLE (503) when nothing is known to be: sending the same again is safe.
   */
  write(viewer: Viewer, door: Door, events: unknown[]): Promise<Outcome>
  /** One event, of which its sender keeps what came: rejects with a Refusal where it does not fit. */
  writeOne(viewer: Viewer, door: Door, event: unknown): Promise<Outcome>
  /** All of a delivery in one transaction, or nothing of it: rejects with a Refusal that names what does not fit. */
  writeTogether(viewer: Viewer, door: Door, delivery: Delivery): Promise<Stored>
  /** The same for events that are still JSON text. `type` is that of a single event's path, `client` a browser's. */
  writeEnvelope(
    viewer: Viewer,
    door: Door,
    envelope: Envelope,
    type?: string,
    client?: Arrival['client'],
  ): Promise<Outcome>
  /**
   * Keeps a body that holds no event that we could read, as one dead letter. `type` is what it was to be: 'batch', 'webhook', or
   * that of its single event, and `of` what is known of a refused event. Resolves to the dead letter's id.
   */
  bury(
    viewer: Viewer,
    door: Door,
    payload: string,
    code: RefusalCode,
    reason: string,
    type: string,
    headers?: Record<string, string>,
    of?: Pick<Refusal, 'violations' | 'tallies'>,
  ): Promise<string>
  /** Commits what waits. */
  stop(): Promise<void>
}

export type WriterConfig = Pick<
  Config,
  'INGEST_WINDOW_MS' | 'INGEST_BATCH' | 'INGEST_QUEUE_BYTES' | 'INGEST_RATE' | 'MAX_EVENT_BYTES' | 'API_POOL'
>

/** What waits for one tenant, source and door. */
type Lane = Owner & {
  key: string
  waiting: Submission[]
  rows: number
  bytes: number
  timer: NodeJS.Timeout | null
  /** In the queue for a connection. */
  ready: boolean
}

/** The one writer of this client, which all doors share. */
export const writerOf = perClient((sql) => createWriter(sql, processConfig))

export function createWriter(sql: Client, config: WriterConfig): Writer {
  const limiter = createLimiter(sql, config.INGEST_RATE)
  const gates = gatesOf(sql)
  const lanes = new Map<string, Lane>()
  const ready: Lane[] = []
  // Two commits at a time use both the processor and the disk; more only make the batches smaller.
  const mostCommits = Math.max(1, Math.min(3, Math.floor(config.API_POOL / 3)))
  let commits = 0
  let windowMs = config.INGEST_WINDOW_MS
  let bytes = 0
  let idle: (() => void)[] = []

  function laneOf({ tenantId, sourceId }: Viewer, door: Door): Lane {
    const key = `${tenantId} ${sourceId} ${door}`
    let lane = lanes.get(key)
    if (!lane) {
      lane = { key, tenantId, sourceId, door, waiting: [], rows: 0, bytes: 0, timer: null, ready: false }
      lanes.set(key, lane)
    }
    return lane
  }

  type Submitted = Pick<Submission, 'accepted' | 'rows' | 'raws' | 'dead' | 'keptOut' | 'arrival'>

  function submit(lane: Lane, work: Submitted): Promise<Committed> {
    const { promise, resolve, reject } = Promise.withResolvers<Committed>()
    const size = sizeOf(work.rows, work.dead)
    lane.waiting.push({ ...work, bytes: size, trace: currentTrace(), resolve, reject })
    lane.rows += work.rows.length
    lane.bytes += size
    bytes += size
    if (lane.ready) return promise
    if (lane.rows >= config.INGEST_BATCH) makeReady(lane)
    else lane.timer ??= setTimeout(makeReady, windowMs, lane)
    return promise
  }

  function makeReady(lane: Lane): void {
    if (lane.timer) clearTimeout(lane.timer)
    lane.timer = null
    if (!lane.ready) ready.push(lane)
    lane.ready = true
    pump()
  }

  // One batch of a lane, then the next lane's: a tenant that floods us delays another by one commit.
  function pump(): void {
    while (commits < mostCommits && ready.length > 0) {
      const lane = ready.shift()!
      lane.ready = false
      void commit(lane, takeBatch(lane))
      if (lane.rows >= config.INGEST_BATCH) makeReady(lane)
      else if (lane.waiting.length > 0) lane.timer ??= setTimeout(makeReady, windowMs, lane)
    }
  }

  function takeBatch(lane: Lane): Submission[] {
    let count = 0
    let end = 0
    while (end < lane.waiting.length && (end === 0 || count + lane.waiting[end]!.rows.length <= config.INGEST_BATCH)) {
      count += lane.waiting[end++]!.rows.length
    }
    lane.rows -= count
    return lane.waiting.splice(0, end)
  }

  async function commit(lane: Lane, batch: Submission[]): Promise<void> {
    commits++
    try {
      await commitBatch(sql, lane, batch)
    } finally {
      commits--
      for (const submission of batch) {
        lane.bytes -= submission.bytes
        bytes -= submission.bytes
      }
      if (lane.bytes === 0 && lane.waiting.length === 0) lanes.delete(lane.key)
      pump()
      if (bytes === 0) for (const wake of idle.splice(0)) wake()
    }
  }

  function refuseWhenFull(lane: Lane): void {
    if (bytes < config.INGEST_QUEUE_BYTES && lane.bytes < config.INGEST_QUEUE_BYTES / 2) return
    throw new KithError(
      'INGEST_BUSY',
      'More events arrive than Postgres stores at the moment; send these again later.',
      {
        status: 503,
        details: { retryAfterS: 1 },
      },
    )
  }

  async function writeRaw(
    viewer: Viewer,
    door: Door,
    came: Envelope,
    other: Omit<Arrival, keyof Envelope>,
    throws = false,
  ): Promise<Outcome> {
    const gate = await gates.of(viewer.tenantId)
    const admitted = limiter.admit(viewer, came.events.length, gate?.eventsPerSecond)
    if (admitted) await admitted
    const lane = laneOf(viewer, door)
    refuseWhenFull(lane)
    const { events, sentAt, context, contextProblem } = gate?.personal ? gate.personal.envelope(came) : came
    const arrival: Arrival = { ...other, sentAt, context, contextProblem, isRecord: door === 'import' }
    const { rows, raws, letters, dead, keptOut } = sort(events, door, arrival, gate, viewer.sourceId, throws)
    const part = (from: number, dead: DeadLetterRow[], keptOut: KeptOut): Submitted => {
      const to = Math.min(from + config.INGEST_BATCH, rows.length)
      const accepted = from === 0 ? events.length - (rows.length - to) : to - from
      return { accepted, rows: rows.slice(from, to), raws: raws.slice(from, to), dead, keptOut, arrival }
    }
    const parts = [submit(lane, part(0, letters, keptOut))]
    for (let from = config.INGEST_BATCH; from < rows.length; from += config.INGEST_BATCH) {
      parts.push(submit(lane, part(from, [], nothingKeptOut())))
    }
    return collect(await Promise.all(parts), dead, keptOut, events)
  }

  const now = () => ({ arrived: Date.now(), largest: config.MAX_EVENT_BYTES })

  return {
    write: (viewer, door, events) => writeRaw(viewer, door, { events: events.map(fromValue) }, now()),

    writeOne: (viewer, door, event) => writeRaw(viewer, door, { events: [fromValue(event)] }, now(), true),

    writeEnvelope: (viewer, door, envelope, type, client) =>
      writeRaw(viewer, door, envelope, { ...now(), type, client }),

    async writeTogether(viewer, door, delivery) {
      const { tenantId, sourceId } = viewer
      const gate = await gates.of(tenantId)
      const admitted = limiter.admit(viewer, delivery.events.length + delivery.records.length, gate?.eventsPerSecond)
      if (admitted) await admitted
      return commitTogether(sql, { tenantId, sourceId, door }, judged(delivery, now(), gate, sourceId))
    },

    async bury(viewer, door, payload, code, reason, type, headers, of) {
      const gate = await gates.of(viewer.tenantId)
      const lane = laneOf(viewer, door)
      refuseWhenFull(lane)
      const arrival = { ...now(), type, headers }
      const json = gate?.personal ? gate.personal.body(payload) : payload
      const letter = deadLetter(door, null, { json }, code, reason, arrival, of?.violations)
      const keptOut = { ...nothingKeptOut(), tallies: of?.tallies ?? [] }
      await submit(lane, { accepted: 1, rows: [], raws: [], dead: [letter], keptOut, arrival })
      return letter.id
    },

    async stop() {
      windowMs = 0 // for what is still on its way
      for (const lane of lanes.values()) if (lane.waiting.length > 0) makeReady(lane)
      if (bytes > 0) await new Promise<void>((resolve) => idle.push(resolve))
    },
  }
}

/** Tells the events that can be stored from those that cannot; `throws`: throws the Refusal of the first of those. */
function sort(
  events: RawEvent[],
  door: Door,
  arrival: Arrival,
  gate: Gate | null,
  sourceId: string | null,
  throws: boolean,
) {
  const rows: EventRow[] = []
  const raws: RawEvent[] = []
  const letters: DeadLetterRow[] = []
  const dead: DeadEvent[] = []
  const keptOut = nothingKeptOut()
  for (const [index, raw] of events.entries()) {
    try {
      const row = admit(raw, arrival, gate, sourceId, keptOut)
      if (!row) continue
      rows.push(row)
      raws.push(raw)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      if (throws) throw error
      const letter = deadLetter(door, messageIdOf(raw), raw, error.code, error.message, arrival, error.violations)
      keptOut.tallies.push(...error.tallies)
      letters.push(letter)
      dead.push(deadEvent(index, letter))
    }
  }
  return { rows, raws, letters, dead, keptOut }
}

function collect(
  parts: Committed[],
  dead: DeadEvent[],
  { discarded, unconsented }: KeptOut,
  events: RawEvent[],
): Outcome {
  const outcome: Outcome = { stored: 0, deduplicated: 0, discarded, unconsented, dead }
  for (const part of parts) {
    outcome.stored += part.stored
    outcome.deduplicated += part.deduplicated
    outcome.unconsented += part.unconsented
    for (const { raw, letter } of part.refused) dead.push(deadEvent(events.indexOf(raw), letter))
  }
  return outcome
}

function deadEvent(index: number, { id, message_id, code, reason }: DeadLetterRow): DeadEvent {
  return { index, messageId: message_id, code: code as RefusalCode, reason, deadLetterId: id }
}

/** What a submission holds in memory, roughly; never 0. */
function sizeOf(rows: EventRow[], letters: DeadLetterRow[]): number {
  let size = 1
  for (const row of rows) {
    size += 300 + row.properties.length + (row.traits?.length ?? 0) + (row.context?.length ?? 0)
  }
  for (const letter of letters) size += 300 + letter.payload.length
  return size
}
