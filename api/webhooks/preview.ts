/** What a mapping would make of a call, without storing it. */
import { config } from '../../config.ts'
import { fromValue } from '../ingest/envelope.ts'
import type { Gate } from '../ingest/gate.ts'
import { type Arrival, normalise } from '../ingest/normalise.ts'
import { Refusal } from '../ingest/refusal.ts'
import { toKithError } from '../errors.ts'
import type { InTenant } from '../loaders/share.ts'
import { writeRecord } from '../noun/write-record.ts'
import { undone } from '../undone.ts'
import { runMapping } from './mapping.ts'
import { type Routed, routed } from './router.ts'
import type { Headers } from './verify.ts'

export type Preview = Routed & {
  /** Those that would be refused, by their place in `events` or `records`. */
  problems: { part: 'events' | 'records'; index: number; code: string; reason: string }[]
}

/** Throws MAPPING_FAILED. Without the consent of people, whom no sample names. The records are written to a transaction that is undone. */
export async function previewMapping(
  tenantId: string,
  tenant: InTenant,
  mapping: string,
  body: unknown,
  headers: Headers,
  gate: Gate | null = null,
): Promise<Preview> {
  return tryMade(tenant, routed(await runMapping(tenantId, mapping, { body, headers })), gate)
}

/** What a mapping has made. */
export async function tryMade(tenant: InTenant, made: Routed, gate: Gate | null = null): Promise<Preview> {
  const problems: Preview['problems'] = []
  for (const [index, event] of made.events.entries()) {
    try {
      const raw = fromValue(event)
      const arrival: Arrival = { arrived: Date.now(), largest: config.MAX_EVENT_BYTES }
      const stored = normalise(gate?.personal?.event(raw) ?? raw, arrival)
      const discarded = gate?.judge(stored, arrival, null)
      if (discarded) {
        const reason = `The gate leaves it out: ${discarded.why}.`
        problems.push({ part: 'events', index, code: 'EVENT_LEFT_OUT', reason })
      }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      problems.push({ part: 'events', index, code: error.code, reason: error.message })
    }
  }
  if (made.records.length > 0) problems.push(...(await tryRecords(tenant, made.records)))
  return { ...made, problems }
}

function tryRecords(tenant: InTenant, records: unknown[]): Promise<Preview['problems']> {
  return undone(tenant, async (sql) => {
    const problems: Preview['problems'] = []
    for (const [index, record] of records.entries()) {
      await sql
        .savepoint((sql) => writeRecord(sql, record, `records.${index}`))
        .catch((error: unknown) => {
          const known = toKithError(error)
          if (!known) throw error
          problems.push({ part: 'records', index, code: known.code, reason: known.message })
        })
    }
    return problems
  })
}
