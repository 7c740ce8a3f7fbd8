/**
 * A client of Postgres's streaming replication protocol that reads what its caller wants of the log, and acknowledges exactly what
 * its caller has made durable: never what it has merely received.
 * https://www.postgresql.org/docs/17/protocol-replication.html
 */
import type { Duplex } from 'node:stream'
import { PgoutputParser } from 'pg-logical-replication/dist/output-plugins/pgoutput/pgoutput-parser.js'
import type { Message } from 'pg-logical-replication/dist/output-plugins/pgoutput/pgoutput.types.js'
import { postgres } from '../postgres.ts'
import { type Lsn, parseLsn } from './lsn.ts'

export type { Message }

/** What is read of a transaction of the log. */
export type WalItem = {
  /** The commit of its transaction. Transactions arrive in this order. */
  commitLsn: Lsn
  /** Of the last of its transaction: the transaction's end, once that is known. */
  transactionEnd?: Lsn
}

export type WalMessage = WalItem & {
  /** Messages arrive in the order of (commitLsn, messageLsn). */
  messageLsn: Lsn
  /** Its transaction, which others may not see yet: the lower 32 bits of its number. */
  xid: number
  content: string
}

/** What arrived since the last batch. */
export type WalBatch<Item extends WalItem = WalMessage> = {
  messages: Item[]
  /** May be acknowledged once the batch, and every batch before, is durable. */
  upTo: Lsn
  /** There was more than a batch holds: a backlog. */
  isFull: boolean
}

type Place = { slot: string; publication: string; name?: string }
export type ReplicationOptions = Place & { prefix: string }

export type ReadOptions<Item extends WalItem> = Place & {
  /** What of a message is wanted, within the transaction that it belongs to. */
  read: Read<Item>
  /** Nothing is acknowledged that was not taken, not even an idle slot's progress: `next` brings that as an empty batch. */
  isPatient?: boolean
}
export type Read<Item extends WalItem> = (message: Message, commitLsn: Lsn, xid: number) => Item | undefined

/** A URL, or what the library takes in its place. */
export type Server = string | PostgresOptions
type PostgresOptions = NonNullable<Parameters<typeof postgres>[1]>

export interface Replication<Item extends WalItem = WalMessage> {
  /**
   * Waits for messages; with `mostMs` no longer than that, and then the batch is empty and its `upTo` how far the log has been read.
   * Undefined after `close`; throws when the connection is lost.
   */
  next(mostMs?: number): Promise<WalBatch<Item> | undefined>
  /** The batch is durable: Postgres may forget it. Every batch that was taken is acknowledged, in order. */
  acknowledge(batch: Pick<WalBatch<Item>, 'upTo'>): void
  /** A batch could not be made durable: ends the connection, and `next` throws the error. */
  fail(error: Error): void
  /** Ends the stream in order, with a last acknowledgement. */
  close(): Promise<void>
}

/** Beyond this the socket is paused: what waits in Postgres costs no memory here. */
const MOST_WAITING_BYTES = 8 * 1024 * 1024
const MOST_BATCH_BYTES = 1024 * 1024
const STATUS_EVERY_MS = 1000
const CLOSE_TIMEOUT_MS = 2000
/** How long a leader that has vanished without a word holds the slot. */
const SENDER_TIMEOUT = '15s'

/** Reads the messages of a prefix. Throws PostgresError 55006 while another reads from this slot, 42704 when there is no such slot. */
export function replicate(url: string, { prefix, ...place }: ReplicationOptions): Promise<Replication> {
  return readLog(url, { name: 'kith relay', ...place, read: messagesOf(prefix) })
}

function messagesOf(prefix: string): Read<WalMessage> {
  return (message, commitLsn, xid) => {
    if (message.tag !== 'message' || message.prefix !== prefix) return undefined
    const { buffer, byteOffset, byteLength } = message.content
    const content = Buffer.from(buffer, byteOffset, byteLength).toString()
    return { commitLsn, messageLsn: parseLsn(message.messageLsn!), xid, content }
  }
}

/** Starts reading, of what `read` wants. Throws as `replicate` does. */
export async function readLog<Item extends WalItem>(
  server: Server,
  options: ReadOptions<Item>,
): Promise<Replication<Item>> {
  const { slot, publication, name = 'kith' } = options
  const sql = openLog(server, name)
  try {
    const start = `START_REPLICATION SLOT "${slot}" LOGICAL 0/0 (proto_version '1', publication_names '${publication}', messages 'true')`
    const stream = (await sql.unsafe(start).simple().writable()) as Duplex
    return follow(stream, options, () => sql.end({ timeout: 0 }))
  } catch (error) {
    await sql.end({ timeout: 0 })
    throw error
  }
}

/** A connection that takes commands of the replication protocol, by `unsafe(...).simple()`. */
export function openLog(server: Server, name: string) {
  const options = typeof server === 'string' ? {} : server
  const connection = { ...options.connection, application_name: name, ...{ replication: 'database' } }
  const all = {
    ...options,
    max: 1,
    max_lifetime: null,
    connect_timeout: 10,
    fetch_types: false,
    onnotice: () => {},
    connection: { ...connection, wal_sender_timeout: SENDER_TIMEOUT as never },
  }
  return typeof server === 'string' ? postgres(server, all) : postgres(all)
}

function follow<Item extends WalItem>(
  stream: Duplex,
  { read, isPatient = false }: ReadOptions<Item>,
  disconnect: () => Promise<void>,
): Replication<Item> {
  const parser = new PgoutputParser()
  const waiting: { item: Item; bytes: number }[] = []
  let waitingBytes = 0
  let commitLsn: Lsn | undefined // of the transaction whose messages are arriving
  let xid = 0
  let inFlight = 0 // batches that were taken and are not yet acknowledged
  let settled: Lsn = 0n // all that arrived and ended before this place
  let durable: Lsn = 0n // what we may say to Postgres
  let closing = false
  let failure: Error | undefined
  let wake = () => {}

  // A transaction's end is a chunk away at most, and only with it can the batch be acknowledged; a large one comes in pieces.
  const isReady = () => waiting.length > 0 && (commitLsn === undefined || waitingBytes >= MOST_BATCH_BYTES)

  // Nothing of what arrived is left to be done: an idle slot moves on as well.
  const settle = () => {
    if (!isPatient && inFlight === 0 && waiting.length === 0 && settled > durable) durable = settled
  }

  const receive = (chunk: Buffer) => {
    if (chunk[0] === 0x77 /* w: data */) return take(chunk.subarray(25))
    if (chunk[0] !== 0x6b /* k: keepalive */) return
    if (commitLsn === undefined) settled = max(settled, chunk.readBigUInt64BE(1))
    settle()
    if (chunk[17] === 1) sendStatus()
  }

  const take = (data: Buffer) => {
    const message = parser.parse(data)
    if (message.tag === 'begin') {
      commitLsn = parseLsn(message.commitLsn!)
      xid = message.xid
    }
    const item = commitLsn === undefined ? undefined : read(message, commitLsn, xid)
    if (item) {
      waiting.push({ item, bytes: data.length })
      waitingBytes += data.length
      if (waitingBytes > MOST_WAITING_BYTES) stream.pause()
      if (isReady()) wake()
    }
    if (message.tag === 'commit') {
      settled = parseLsn(message.commitEndLsn!)
      const last = waiting.at(-1)?.item
      if (last && last.commitLsn === commitLsn) last.transactionEnd = settled
      commitLsn = undefined
      settle()
      wake()
    }
  }

  const sendStatus = (wantsReply = false) => {
    if (stream.writable) stream.write(statusUpdate(durable, wantsReply))
  }
  // The reply tells how far Postgres has read: the only news there is on an idle slot.
  const ticker = setInterval(() => sendStatus(true), STATUS_EVERY_MS)

  const ended = new Promise<void>((done) => {
    stream.on('data', (chunk: Buffer) => {
      try {
        receive(chunk)
      } catch (error) {
        stream.destroy(error as Error)
      }
    })
    stream.on('error', (error) => (failure ??= error))
    stream.on('close', () => {
      clearInterval(ticker)
      if (!closing) failure ??= new Error('The replication connection was closed.')
      wake()
      done()
    })
  })

  const idle = (): WalBatch<Item> => {
    const isBetween = inFlight === 0 && waiting.length === 0
    inFlight++
    return { messages: [], upTo: isBetween ? max(settled, durable) : durable, isFull: false }
  }

  return {
    async next(mostMs) {
      const deadline = mostMs === undefined ? Infinity : Date.now() + mostMs
      for (;;) {
        if (failure) throw failure
        if (isReady()) break
        if (closing) return undefined
        const left = deadline - Date.now()
        if (left <= 0) return idle()
        await new Promise<void>((resolve) => {
          const timer = left === Infinity ? undefined : setTimeout(resolve, left)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      let bytes = 0
      let upTo = durable
      const messages: Item[] = []
      for (const { item, bytes: more } of waiting) {
        if (bytes >= MOST_BATCH_BYTES) break
        messages.push(item)
        bytes += more
        upTo = item.transactionEnd ?? upTo
      }
      inFlight++
      waiting.splice(0, messages.length)
      waitingBytes -= bytes
      if (waitingBytes <= MOST_WAITING_BYTES && stream.isPaused()) stream.resume()
      return { messages, upTo, isFull: bytes >= MOST_BATCH_BYTES }
    },
    fail(error) {
      failure ??= error
      stream.destroy(error)
    },
    acknowledge(batch) {
      inFlight--
      durable = max(durable, batch.upTo)
      settle()
      sendStatus()
    },
    async close() {
      closing = true
      wake()
      sendStatus()
      stream.resume()
      stream.end() // CopyDone: Postgres says CopyDone too, and the slot is free
      const timeout = setTimeout(() => stream.destroy(), CLOSE_TIMEOUT_MS)
      await ended
      clearTimeout(timeout)
      await disconnect()
    },
  }
}

/** Standby status update: written, flushed and applied up to `lsn`. */
function statusUpdate(lsn: Lsn, wantsReply: boolean): Buffer {
  const message = Buffer.alloc(34)
  message[0] = 0x72 // r
  message.writeBigUInt64BE(lsn, 1)
  message.writeBigUInt64BE(lsn, 9)
  message.writeBigUInt64BE(lsn, 17)
  const microsecondsSince2000 = BigInt(Date.now() - Date.UTC(2000, 0)) * 1000n
  message.writeBigInt64BE(microsecondsSince2000, 25)
  message[33] = wantsReply ? 1 : 0
  return message
}

function max(a: Lsn, b: Lsn): Lsn {
  return a > b ? a : b
}
