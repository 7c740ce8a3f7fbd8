import type { PendingQuery, Row } from 'postgres'
import type { Transaction } from '../../client.ts'

export type Erasure = { id: string; profile_id: string }

export function requestErasure(sql: Transaction, tenantId: string, profileId: string, requestedBy: string | null) {
  return sql<[{ id: string }]>`
INSERT INTO erasures (tenant_id, profile_id, requested_by) VALUES (${tenantId}, ${profileId}, ${requestedBy}) RETURNING id`
}

/** Wakes react, in which erasures are done: a message about nobody. */
export function wakeReact(sql: Transaction) {
  return sql`SELECT ops.announce_people(ARRAY['{"ids": {}}'::jsonb])`
}

export function readPendingErasures(sql: Transaction, tenantId: string) {
  return sql<Erasure[]>`
SELECT id, profile_id FROM erasures WHERE tenant_id = ${tenantId} AND done_at IS NULL ORDER BY id`
}

/** Those of the identifiers that belong to somebody erased. Null where the tenant has erased nobody. */
export function readSuppressed(sql: Transaction, tenantId: string, ids: string[]) {
  return sql<{ id: string }[]>`
SELECT id FROM unnest(${ids}::uuid[]) AS named (id)
JOIN suppressions s ON s.tenant_id = ${tenantId} AND s.hash = suppression_hash(${tenantId}::uuid, id)
WHERE EXISTS (SELECT FROM suppressions WHERE tenant_id = ${tenantId})`
}

export function suppress(sql: Transaction, tenantId: string, erasureId: string, ids: string[]) {
  return sql`
INSERT INTO suppressions (tenant_id, hash, erasure_id)
SELECT ${tenantId}, suppression_hash(${tenantId}::uuid, id), ${erasureId} FROM unnest(${ids}::uuid[]) AS gone (id)
ON CONFLICT DO NOTHING`
}

/** Lets somebody be known again, who asked to be forgotten and has come back. */
export function liftSuppressions(sql: Transaction, tenantId: string, ids: string[]) {
  return sql`
DELETE FROM suppressions WHERE tenant_id = ${tenantId}
  AND hash IN (SELECT suppression_hash(${tenantId}::uuid, id) FROM unnest(${ids}::uuid[]) AS back (id))`
}

export function finishErasure(sql: Transaction, tenantId: string, id: string, counts: Record<string, number>) {
  return sql`
UPDATE erasures e SET done_at = clock_timestamp(), counts = ${JSON.stringify(counts)}::jsonb, proof = (
  SELECT encode(sha256(convert_to(coalesce(string_agg(hash, '' ORDER BY hash), ''), 'UTF8')), 'hex')
  FROM suppressions s WHERE s.tenant_id = e.tenant_id AND s.erasure_id = e.id)
WHERE e.tenant_id = ${tenantId} AND e.id = ${id}`
}

/** With the ids that they were sent under, which the sender may have made of a name. */
export function deleteEventsOf(sql: Transaction, tenantId: string, ids: string[]): Promise<number> {
  return deleteEvents(sql, tenantId, ids, sql`e.identifier_id = named.id`)
}

/** The same of events that name one of these, and are nobody's since what they name is blocked. */
export function deleteBlockedEventsOf(sql: Transaction, tenantId: string, ids: string[]): Promise<number> {
  return deleteEvents(sql, tenantId, ids, sql`e.identifier_id IS NULL AND named.id = ANY (e.nobody)`)
}

type Part = PendingQuery<Row[]>

async function deleteEvents(sql: Transaction, tenantId: string, ids: string[], condition: Part): Promise<number> {
  // TimescaleDB 2.19 cannot plan a DELETE that compares the tenant to a constant beside the policy that does ("variable not
  // found in subplan target list"), unless it joins.
  const [row] = await sql<[{ events: number }]>`
WITH gone AS (
  DELETE FROM events e USING unnest(${ids}::uuid[]) AS named (id) WHERE e.tenant_id = ${tenantId} AND ${condition}
  RETURNING e.message_id
), forgotten AS (
  DELETE FROM event_ids i USING gone WHERE i.tenant_id = ${tenantId} AND i.message_id = gone.message_id
)
SELECT count(*)::int AS events FROM gone`
  return row.events
}

/** Those of the ids that are somebody's who has another name besides: without them there is still somebody. */
export async function readLendable(sql: Transaction, tenantId: string, ids: string[]): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
SELECT i.id FROM identifiers i WHERE i.tenant_id = ${tenantId} AND i.id = ANY (${ids}::uuid[]) AND EXISTS (
  SELECT FROM identifiers other
  WHERE other.tenant_id = ${tenantId} AND other.profile_id = i.profile_id AND other.id <> ALL (${ids}::uuid[]))`
  return rows.map((row) => row.id)
}

/**
 * Those whose events may name one of these: who has come together with one, with another who has (the strongest of an event is
 * linked with each of the others, not these with each other), or was kept apart from one.
 */
export async function readNeighbours(sql: Transaction, tenantId: string, ids: string[]): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
WITH near AS (
  SELECT unnest(ARRAY[a, b]) AS id FROM identity_links
  WHERE tenant_id = ${tenantId} AND (a = ANY (${ids}::uuid[]) OR b = ANY (${ids}::uuid[]))
), further AS (
  SELECT unnest(ARRAY[l.a, l.b]) AS id FROM (SELECT DISTINCT id FROM near) AS near
  JOIN identity_links l ON l.tenant_id = ${tenantId} AND (l.a = near.id OR l.b = near.id)
), refused AS (
  SELECT i.id FROM identity_conflicts c
  JOIN profiles p ON p.tenant_id = ${tenantId} AND p.id = c.profile_id
  JOIN identifiers i ON i.tenant_id = ${tenantId} AND i.profile_id = coalesce(p.merged_into, p.id)
  WHERE c.tenant_id = ${tenantId} AND c.identifier_id = ANY (${ids}::uuid[])
)
SELECT id FROM (SELECT id FROM near UNION SELECT id FROM further UNION SELECT id FROM refused) AS all_of_them
WHERE id <> ALL (${ids}::uuid[])`
  return rows.map((row) => row.id)
}

/**
 * What the events of others say of the erased: where two shared a value, or one says that it was the other's name, the other
 * keeps the event, without it.
 */
export async function scrubEvents(
  sql: Transaction,
  tenantId: string,
  ids: string[],
  { of, from = '-infinity', to = 'infinity' }: { of: string[]; from?: string; to?: string },
): Promise<number> {
  if (of.length === 0) return 0
  const scrubbed = await sql`
UPDATE events e SET identifiers = without_identifiers(e.identifiers, ${ids}::uuid[]),
  traits = without_identifiers(e.traits, ${ids}::uuid[]),
  anonymous_id = CASE WHEN identifier_id('anonymous_id', e.anonymous_id) = ANY (${ids}::uuid[]) THEN NULL ELSE e.anonymous_id END,
  properties = CASE e.type WHEN 'alias' THEN without_previous(e.properties, ${ids}::uuid[]) ELSE e.properties END,
  context = context_without_identifiers(
    CASE e.type WHEN 'alias' THEN without_previous(e.context, ${ids}::uuid[]) ELSE e.context END, ${ids}::uuid[])
FROM unnest(${of}::uuid[]) AS other (id)
WHERE e.tenant_id = ${tenantId} AND e.identifier_id = other.id
  AND e.occurred_at BETWEEN ${from}::timestamptz AND ${to}::timestamptz
  AND (without_identifiers(e.identifiers, ${ids}::uuid[]) IS DISTINCT FROM e.identifiers
    OR without_identifiers(e.traits, ${ids}::uuid[]) IS DISTINCT FROM e.traits
    OR context_without_identifiers(e.context, ${ids}::uuid[]) IS DISTINCT FROM e.context
    OR identifier_id('anonymous_id', e.anonymous_id) = ANY (${ids}::uuid[])
    OR e.type = 'alias' AND (without_previous(e.properties, ${ids}::uuid[]) IS DISTINCT FROM e.properties
      OR without_previous(e.context, ${ids}::uuid[]) IS DISTINCT FROM e.context))`
  return scrubbed.count
}

/** Dead letters that name one of the values. */
export function deleteDeadLetters(sql: Transaction, tenantId: string, values: string[]) {
  return sql`
DELETE FROM dead_letters d WHERE tenant_id = ${tenantId} AND EXISTS (
  SELECT FROM unnest(${values}::text[]) AS gone (value)
  WHERE strpos(lower(d.payload), lower(to_json(value)::text)) > 0)`
}

/** Of money that changed hands the row stays, about nobody. */
const ANONYMISED = ['opportunities', 'orders', 'contracts']
const DELETED = ['memberships', 'tickets', 'activities', 'records', 'consents']

/** CRM records of the erased, by table; also those that are nobody's since what they name is blocked. */
export async function eraseRecords(
  sql: Transaction,
  tenantId: string,
  { ids, contacts, leads }: { ids: string[]; contacts: string[]; leads: string[] },
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  const theirs = sql`(identifier_id = ANY (${ids}::uuid[]) OR identifier_id IS NULL AND nobody && ${ids}::uuid[])`
  for (const table of DELETED) {
    const gone = await sql`DELETE FROM ${sql(table)} WHERE tenant_id = ${tenantId} AND ${theirs}`
    counts[table] = gone.count
  }
  for (const table of ANONYMISED) {
    const kept = await sql`
UPDATE ${sql(table)} SET contact_id = NULL, user_id = NULL, email = NULL, custom = '{}'
WHERE tenant_id = ${tenantId} AND ${theirs}`
    counts[table] = kept.count
  }
  const list = await sql`
DELETE FROM list_members WHERE tenant_id = ${tenantId} AND identifier_id = ANY (${ids}::uuid[])`
  const lead = await sql`DELETE FROM leads WHERE tenant_id = ${tenantId} AND id = ANY (${leads}::uuid[])`
  const contact = await sql`DELETE FROM contacts WHERE tenant_id = ${tenantId} AND id = ANY (${contacts}::uuid[])`
  return { ...counts, list_members: list.count, leads: lead.count, contacts: contact.count }
}

/** Segments are left, and subscribers are told; label values go without a word. Returns how many memberships ended. */
export async function endMemberships(sql: Transaction, tenantId: string, profileIds: string[]): Promise<number> {
  await sql`DELETE FROM label_values WHERE tenant_id = ${tenantId} AND profile_id = ANY (${profileIds}::uuid[])`
  await sql`DELETE FROM timers WHERE tenant_id = ${tenantId} AND profile_id = ANY (${profileIds}::uuid[])`
  const [row] = await sql<[{ ended: number }]>`
WITH ended AS (
  DELETE FROM members WHERE tenant_id = ${tenantId} AND profile_id = ANY (${profileIds}::uuid[])
  RETURNING segment_id, profile_id
), told AS (
  INSERT INTO transitions (tenant_id, at, kind, profile_id, segment_id, cause)
  SELECT ${tenantId}, clock_timestamp(), 'segment_left', profile_id, segment_id, 'erased' FROM ended
  RETURNING id, at, profile_id, segment_id
), head AS (
  UPDATE feed_heads SET last_seq = last_seq + (SELECT count(*) FROM told)
  WHERE tenant_id = ${tenantId} AND EXISTS (SELECT FROM told)
  RETURNING last_seq - (SELECT count(*) FROM told) AS base
), fed AS (
  INSERT INTO feed (tenant_id, seq, at, kind, profile_id, definition_id, payload)
  SELECT ${tenantId}, base + row_number() OVER (ORDER BY told.id), told.at, 'segment_left', told.profile_id, told.segment_id,
    jsonb_build_object('key', s.key, 'cause', 'erased', 'transitionId', told.id)
  FROM told JOIN segments s ON s.tenant_id = ${tenantId} AND s.id = told.segment_id CROSS JOIN head
)
SELECT count(*)::int AS ended FROM ended`
  return row.ended
}

/** What history says in words of the erased, but not that somebody was there. */
export async function blankHistory(sql: Transaction, tenantId: string, profileIds: string[]): Promise<void> {
  await sql`
UPDATE transitions SET from_value = NULL, to_value = NULL
WHERE tenant_id = ${tenantId} AND profile_id = ANY (${profileIds}::uuid[]) AND kind = 'label_changed'`
  await sql`
UPDATE feed SET payload = payload - 'from' - 'to'
WHERE tenant_id = ${tenantId} AND profile_id = ANY (${profileIds}::uuid[]) AND kind = 'label_changed'`
}

/** What the audit log says of the erased. That something was changed, when and by whom, stays. */
export async function forgetInAuditLog(sql: Transaction, tenantId: string, ids: string[]): Promise<number> {
  const [row] = await sql<[{ count: number }]>`SELECT ops.audit_forget(${tenantId}, ${ids}::uuid[]) AS count`
  return row.count
}

/** The person itself: identifiers, evidence, history and profiles. Returns how many rows of each. */
export async function deletePerson(
  sql: Transaction,
  tenantId: string,
  ids: string[],
  profileIds: string[],
): Promise<Record<string, number>> {
  const [row] = await sql<[Record<string, number>]>`
WITH links AS (
  DELETE FROM identity_links WHERE tenant_id = ${tenantId} AND (a = ANY (${ids}::uuid[]) OR b = ANY (${ids}::uuid[])) RETURNING 1
), conflicts AS (
  DELETE FROM identity_conflicts WHERE tenant_id = ${tenantId}
    AND (identifier_id = ANY (${ids}::uuid[]) OR profile_id = ANY (${profileIds}::uuid[]) OR kept_by = ANY (${profileIds}::uuid[]))
), history AS (
  DELETE FROM merges WHERE tenant_id = ${tenantId}
    AND (profile_id = ANY (${profileIds}::uuid[]) OR into_id = ANY (${profileIds}::uuid[])) RETURNING 1
), employed AS (
  DELETE FROM account_members WHERE tenant_id = ${tenantId} AND identifier_id = ANY (${ids}::uuid[])
), renamed AS (
  -- Of somebody else a former name of one that is lent: it is a name of its own again.
  UPDATE identifiers SET alias_of = NULL WHERE tenant_id = ${tenantId} AND alias_of = ANY (${ids}::uuid[]) AND id <> ALL (${ids}::uuid[])
), named AS (
  DELETE FROM identifiers WHERE tenant_id = ${tenantId} AND id = ANY (${ids}::uuid[]) RETURNING 1
), gone AS (
  DELETE FROM profiles WHERE tenant_id = ${tenantId} AND id = ANY (${profileIds}::uuid[]) RETURNING 1
)
SELECT (SELECT count(*)::int FROM links) AS identity_links, (SELECT count(*)::int FROM history) AS merges,
  (SELECT count(*)::int FROM named) AS identifiers, (SELECT count(*)::int FROM gone) AS profiles`
  return row
}
