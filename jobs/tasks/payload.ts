/** The payloads of the tasks, as ARCHITECTURE.md lists them. */
import { z } from 'zod'

/** People of one `react` job; what one transaction does well, and what one failure may delay. */
export const MOST_PEOPLE = 500

/** Somebody's COPY may bring {"crm": 5}: the text is what names the person, as `->>` reads it. */
const identifierValue = z.unknown().transform((value) => (typeof value === 'string' ? value : JSON.stringify(value)))

const person = z.object({
  ids: z.record(z.string(), identifierValue),
  from: z.string().optional(),
  to: z.string().optional(),
  source: z.string().optional(),
  refs: z.array(z.tuple([z.string(), z.string()])).optional(),
  events: z.array(z.string()).optional(),
})
const change = z.union([
  z.object({ tenant: z.uuid(), people: z.array(person), trace: z.string().optional() }),
  z.object({ tenant: z.uuid(), profiles: z.array(z.uuid()), cause: z.literal('timer') }),
  z.object({ tenant: z.uuid(), accounts: z.array(z.uuid()), cause: z.literal('timer').optional() }),
])

export const reactPayload = z
  .array(change)
  .min(1)
  .refine((changes) => changes.every((c) => c.tenant === changes[0]!.tenant), 'expected changes of one tenant')
export const backfillPayload = z.object({
  tenant: z.uuid(),
  kind: z.enum(['segment', 'label']),
  id: z.uuid(),
  trace: z.string().optional(),
})
export const audiencePayload = z.object({ tenant: z.uuid() })
export const pullPayload = z.object({ tenant: z.uuid(), source: z.uuid() })
export const replayPayload = z.object({ tenant: z.uuid(), id: z.uuid() })
export const indexPayload = z.object({ tenant: z.uuid(), id: z.uuid() })
export const recomputePayload = z.object({ tenant: z.uuid(), walk: z.int32().optional() })
export const reapplyPayload = z.object({
  tenant: z.uuid(),
  walk: z.int32(),
  by: z.string().optional(),
  reason: z.string().optional(),
})

export type Person = z.infer<typeof person>
export type Change = z.infer<typeof change>

/** One tenant's jobs run one after the other, so that it never fills all workers. */
export const reactQueue = (tenant: string) => `react:${tenant}`
