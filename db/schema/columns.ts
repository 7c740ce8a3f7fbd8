/**
 * The columns that many tables share. Every table is the tenant's: tenant_id comes first in every key, defaults to the
 * transaction's tenant, and row level security (migration 0002) compares it with that same setting.
 */
import { sql } from 'drizzle-orm'
import { customType, jsonb, numeric, text, uuid } from 'drizzle-orm/pg-core'
import { toIso } from '../instant.ts'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type JsonObject = { [key: string]: Json }

/** An instant as ISO 8601 text in UTC with microseconds, as Postgres keeps it: a JavaScript Date would drop three digits. */
export const instant = customType<{ data: string; driverData: string }>({
  dataType: () => 'timestamptz',
  fromDriver: toIso,
})

export const tenantId = () => uuid('tenant_id').notNull().default(sql`kith_tenant()`)
export const id = () => uuid('id').notNull().default(sql`uuidv7()`)
export const createdAt = () => instant('created_at').notNull().default(sql`now()`)
export const updatedAt = () => instant('updated_at').notNull().default(sql`now()`)

/** The record's key in the system it came from; unique per tenant and table, and what upserts match on. */
export const externalId = () => text('external_id')
/** The tenant's own fields. */
export const custom = () => jsonb('custom').$type<JsonObject>().notNull().default({})

export const money = (name: string) => numeric(name, { precision: 20, scale: 4 })
/** ISO 4217. */
export const currency = () => text('currency')

/** Who a CRM record is about, as its source knows them. Any of the three is enough. */
export const person = () => ({
  contactId: uuid('contact_id'),
  userId: text('user_id'),
  email: text('email'),
})

/** Hashes of those of its identifiers that name nobody by the tenant's own policy; null where there are none. */
export const nobody = () => uuid('nobody').array()

/**
 * The one identifier that owns a record of `person()`, strongest first. Identity maps identifiers to profiles, so that a
 * merge moves identifiers and rewrites no record.
 */
export const personIdentifierId = () =>
  uuid('identifier_id').generatedAlwaysAs(
    sql`CASE WHEN nobody IS NULL THEN coalesce(identifier_id('contact', contact_id::text), identifier_id('user_id', user_id), identifier_id('email', lower(btrim(email)))) ELSE record_owner(contact_id, user_id, email, nobody) END`,
  )
