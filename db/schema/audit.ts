import { sql } from 'drizzle-orm'
import { index, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { type JsonObject, id, instant, tenantId } from './columns.ts'
import { ops } from './ops.ts'

/** Who changed what; written by the triggers of migration 0053 alone, and never rewritten. */
export const auditLog = pgTable(
  'audit_log',
  {
    tenantId: tenantId(),
    id: id(),
    at: instant('at').notNull().default(sql`now()`),
    /** 'created', 'updated', 'deleted'; 'emptied' of a whole table; 'called' of a mutation that no row shows. */
    action: text('action').notNull(),
    /** The table, or the mutation. */
    object: text('object').notNull(),
    objectId: text('object_id'),
    before: jsonb('before').$type<JsonObject>(),
    after: jsonb('after').$type<JsonObject>(),
    /** Whom it is about, by the hashes of identity: what erasures go by. */
    people: uuid('people').array(),
    /** 'user', 'key', 'job', 'sql' or 'api'. */
    actorKind: text('actor_kind').notNull(),
    actorId: uuid('actor_id'),
    actorName: text('actor_name'),
    sqlRole: text('sql_role').notNull().default(sql`session_user`),
    requestId: text('request_id'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
    index('audit_log_by_object').on(t.tenantId, t.object, t.objectId),
    index('audit_log_by_people').using('gin', t.people),
    index('audit_log_deleted').on(t.tenantId, t.object, t.at).where(sql`action = 'deleted'`),
  ],
)

/** Tables that the API may change and that are not audited, with the reason. */
export const auditExempt = ops.table('audit_exempt', {
  name: text('name').primaryKey(),
  reason: text('reason').notNull(),
})
