/** What a mapping would make of a call, without storing it. */
import { config } from '../../config.ts'
import { fromValue } from '../ingest/envelope.ts'
import { normalise } from '../ingest/normalise.ts'
import { Refusal } from '../ingest/refusal.ts'
import { runMapping } from './mapping.ts'
import type { Headers } from './verify.ts'

export type Preview = {
  /** As the mapping made them. */
  events: unknown[]
  /** Those that would be refused, by their place in `events`. */
  problems: { index: number; code: string; reason: string }[]
}

/** Throws MAPPING_FAILED. */
export async function previewMapping(mapping: string, body: unknown, headers: Headers): Promise<Preview> {
  const events = await runMapping(mapping, { body, headers })
  const problems: Preview['problems'] = []
  for (const [index, event] of events.entries()) {
    try {
      normalise(fromValue(event), { arrived: Date.now(), largest: config.MAX_EVENT_BYTES })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      problems.push({ index, code: error.code, reason: error.message })
    }
  }
  return { events, problems }
}
