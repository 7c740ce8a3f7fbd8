/**
 * From messages of the log to jobs: grouped by tenant, in pieces of at most 500 people, joined to jobs that still wait.
 *
 * A message about people, or accounts, is a Change of the `react` payload as it stands, so its text is passed on as it came: taking a
 * million people apart and putting them together again costs more than everything else here.
 */
import { z } from 'zod'
import type { JobSpec } from '../../db/sql/enqueue.ts'
import { formatLsn, type Lsn } from '../../db/wal/lsn.ts'
import type { WalMessage } from '../../db/wal/replication.ts'
import { log } from '../../log.ts'
import { beginTrace, type Span, startSpan } from '../../trace.ts'
import { MOST_PEOPLE, reactQueue } from '../tasks/payload.ts'

/** The job that a tenant's next people may join, as far as this leader knows, and how many it carries. */
export type OpenJobs = Map<string, { key: string; people: number }>

export type Plan = {
  jobs: JobSpec[]
  /** Of the transactions that wrote these messages, where they are traced; and of jobs that nobody has asked for. */
  spans: Span[]
  /** Called with the keys that the jobs got. */
  done(keys: Set<string>): void
}

type Piece = { tenant: string; people: number; changes: string[]; joins?: string; isTraced?: true; commit?: Lsn }
type Backfill = { definition: Definition; trace?: string; commit: Lsn }

export function plan(messages: WalMessage[], open: OpenJobs): Plan {
  const pieces: Piece[] = []
  const last = new Map<string, Piece>()
  const backfills = new Map<string, Backfill>()
  const spans: Span[] = []
  for (const message of messages) {
    const content = read(message)
    if (content === undefined) continue
    if ('definition' in content) {
      backfills.set(keyOf(content), { definition: content, commit: message.commitLsn })
      continue
    }
    if ('trace' in content) {
      // Behind the people of its transaction, so that it comes to the last of their jobs.
      const piece = last.get(content.tenant)
      const ofIt = [...backfills.values()].filter(({ commit }) => commit === message.commitLsn)
      for (const one of ofIt) one.trace = content.trace
      if (piece?.commit === message.commitLsn) {
        piece.changes.push(message.content)
        piece.isTraced = true
      } else if (ofIt.length === 0) continue
      const span = startSpan('enqueue', { parent: content.trace, kind: 'producer' })
      if (span) spans.push(span)
      continue
    }
    const { tenant, people } = content // an account weighs as much as a person
    let piece = last.get(tenant) ?? firstPiece(tenant, people, open)
    if (piece.people > 0 && people + piece.people > MOST_PEOPLE) piece = { tenant, people: 0, changes: [] }
    if (piece.changes.length === 0) pieces.push(piece)
    last.set(tenant, piece)
    piece.people += people
    piece.changes.push(message.content)
    piece.commit = message.commitLsn
  }
  /** What came by SQL, or from a request that is not traced, may begin a trace here: one for all that a job does. */
  const begin = () => {
    const span = beginTrace('enqueue', { kind: 'producer' })
    if (span) spans.push(span)
    return span?.context
  }
  for (const { tenant, changes, isTraced } of pieces) {
    const trace = isTraced ? undefined : begin()
    if (trace) changes.push(JSON.stringify({ tenant, people: [], trace }))
  }

  const name = formatLsn(messages.at(-1)!.messageLsn)
  const reacts = pieces.map(({ tenant, changes, joins }, n): JobSpec => {
    const job = {
      task: 'react',
      queue: reactQueue(tenant),
      key: `react:${tenant}:${name}:${n}`,
      payload: `[${changes}]`,
    }
    return joins ? { ...job, joins } : job
  })
  return {
    jobs: [...reacts, ...[...backfills.values()].map(({ definition, trace = begin() }) => backfill(definition, trace))],
    spans,
    done(keys) {
      pieces.forEach(({ tenant, people, joins }, n) => {
        const joined = joins !== undefined && keys.has(joins)
        const before = joins !== undefined && !joined ? open.get(tenant)!.people : 0
        open.set(tenant, { key: joined ? joins : reacts[n]!.key!, people: people - before })
      })
    },
  }
}

/** Counts those who are in the open job already, if there is one with room for these. */
function firstPiece(tenant: string, people: number, open: OpenJobs): Piece {
  const waiting = open.get(tenant)
  if (!waiting || waiting.people + people > MOST_PEOPLE) return { tenant, people: 0, changes: [] }
  return { tenant, people: waiting.people, changes: [], joins: waiting.key }
}

const definitionSchema = z.object({
  tenant: z.uuid(),
  definition: z.object({ kind: z.enum(['segment', 'label']), id: z.uuid() }),
})
type Definition = z.infer<typeof definitionSchema>
const accountsSchema = z.object({ tenant: z.uuid(), accounts: z.array(z.uuid()) })
const otherSchema = z.union([definitionSchema, accountsSchema])

const keyOf = ({ tenant, definition: { kind, id } }: Definition) => `backfill:${tenant}:${kind}:${id}`

function backfill(content: Definition, trace: string | undefined): JobSpec {
  const { tenant, definition } = content
  return {
    task: 'backfill',
    queue: `backfill:${tenant}`,
    key: keyOf(content),
    payload: JSON.stringify({ tenant, ...definition, trace }),
    priority: 10,
  }
}

/** A Change without people, which the job takes as it is. */
const traceSchema = z.object({ tenant: z.uuid(), people: z.array(z.never()), trace: z.string() })
type Trace = z.infer<typeof traceSchema>

const PEOPLE = '{"people": ['
const TENANT = /\], "tenant": "([0-9a-f-]{36})"\}$/
const PERSON = '"ids": {'

/** Only our triggers may write these messages, so one that does not fit is a defect: say so, and do not stop for it. */
function read({
  content,
  messageLsn,
}: WalMessage): { tenant: string; people: number } | Definition | Trace | undefined {
  // As jsonb writes its keys: the shorter first, then by their letters.
  const tenant = content.startsWith(PEOPLE) ? TENANT.exec(content.slice(-60))?.[1] : undefined
  if (tenant) return { tenant, people: count(content, PERSON) }
  try {
    const message = JSON.parse(content) as object
    if ('trace' in message) return traceSchema.parse(message)
    const other = otherSchema.parse(message)
    return 'accounts' in other ? { tenant: other.tenant, people: other.accounts.length } : other
  } catch (error) {
    log.error('a message of the log does not fit, and is skipped', {
      lsn: formatLsn(messageLsn),
      error: error as Error,
    })
    return undefined
  }
}

function count(text: string, part: string): number {
  let total = 0
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) total++
  return total
}
