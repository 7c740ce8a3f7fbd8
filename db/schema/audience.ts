import { sql } from 'drizzle-orm'
import { bigint, customType, integer, pgTable, primaryKey, unique, uuid } from 'drizzle-orm/pg-core'
import { instant, tenantId } from './columns.ts'

const bits = customType<{ data: string }>({ dataType: () => 'bit varying' })

/** A small number for each profile, by which it is a bit among others. */
export const audienceNumbers = pgTable(
  'audience_numbers',
  { tenantId: tenantId(), number: integer('number').notNull(), profileId: uuid('profile_id').notNull() },
  (t) => [primaryKey({ columns: [t.tenantId, t.number] }), unique().on(t.tenantId, t.profileId)],
)

/** Who is in a segment, 65,536 numbers in a row; the nil UUID is everybody. */
export const audienceBits = pgTable(
  'audience_bits',
  {
    tenantId: tenantId(),
    segmentId: uuid('segment_id').notNull(),
    chunk: integer('chunk').notNull(),
    bits: bits('bits').notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.segmentId, t.chunk] })],
)

/** The last item of the feed that the bits know of. */
export const audienceHeads = pgTable('audience_heads', {
  tenantId: tenantId().primaryKey(),
  seq: bigint('seq', { mode: 'bigint' }).notNull(),
  refreshedAt: instant('refreshed_at').notNull().default(sql`clock_timestamp()`),
})
