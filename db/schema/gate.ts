import { sql } from 'drizzle-orm'
import { check, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { type Json, updatedAt } from './columns.ts'

/** The tenant's settings of the gate. No row: nothing is filtered. */
export const gateSettings = pgTable(
  'gate_settings',
  {
    tenantId: uuid('tenant_id').primaryKey().default(sql`kith_tenant()`),
    /** Of track calls without a behavior: 'allow', 'count' or 'refuse'. */
    unknownEvents: text('unknown_events').notNull().default('allow'),
    /** 'keep', 'drop' or 'mark'. */
    bots: text('bots').notNull().default('keep'),
    internal: text('internal').notNull().default('keep'),
    /** Addresses and ranges, such as '192.0.2.0/24'. */
    internalNetworks: text('internal_networks').array().notNull().default([]),
    internalUsers: text('internal_users').array().notNull().default([]),
    /** Of e-mail addresses. */
    internalDomains: text('internal_domains').array().notNull().default([]),
    /** [{"path": "traits.ssn", "action": "drop" | "hash" | "mask"}]. */
    personalData: jsonb('personal_data').$type<Json[]>().notNull().default([]),
    /** What personal data is hashed with; sealed where there are SECRET_KEYS. Told to nobody. */
    hashKey: text('hash_key'),
    /** The tenant's own limit, within the operator's. */
    eventsPerSecond: integer('events_per_second'),
    updatedAt: updatedAt(),
  },
  () => [
    check('gate_settings_unknown_events_check', sql`unknown_events IN ('allow', 'count', 'refuse')`),
    check('gate_settings_bots_check', sql`bots IN ('keep', 'drop', 'mark')`),
    check('gate_settings_internal_check', sql`internal IN ('keep', 'drop', 'mark')`),
    check('gate_settings_events_per_second_check', sql`events_per_second > 0`),
  ],
)
