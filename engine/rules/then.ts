/**
 * What was known at an instant, for those who ask a rule of the past: SQL that stands where rows of now stand otherwise.
 *
 * Records, accounts, consents and lists were as the audit log takes them back to; traits as the events said that had been received
 * by then; and whose an identifier was, the history of merges says. What a contact or lead says of a person's traits, and who is at an
 * account, is known as it is now.
 */
/** The key of a member of a list in the audit log. */
export const LIST_MEMBER = `concat_ws('~', t.list_id, t.type, t.value)`

const OURS = 'tenant_id = (SELECT kith_tenant())'

/**
 * Rows of a table that satisfy a condition (SQL on the table's columns), as they were then: what was written since is taken back, what
 * came since is left out, what went since is there. Whose a row is, is told by how it is now. `key` is its key in the audit log.
 */
export function rowsThen(table: string, condition: string, then: string, key = 't.id::text'): string {
  const log = `SELECT * FROM audit_log WHERE ${OURS} AND object = '${table}'`
  const since = `${log} AND object_id = ${key} AND at > ${then}`
  return `SELECT p.* FROM (
    SELECT * FROM ${table} WHERE ${OURS} AND ${condition}
    UNION ALL
    SELECT * FROM (
      SELECT r.* FROM (${log} AND action = 'deleted' AND at > ${then} AND before IS NOT NULL) l, jsonb_populate_record(
        NULL::${table}, before || jsonb_build_object('tenant_id', tenant_id, 'identifier_id', people[1], 'updated_at', at)) r
    ) gone WHERE ${condition}
  ) t CROSS JOIN LATERAL (
    SELECT (SELECT action FROM (${since}) l ORDER BY at, id LIMIT 1) AS first,
      (SELECT jsonb_object_agg(key, value) FROM (
        SELECT DISTINCT ON (b.key) b.key, b.value FROM (${since}) l, jsonb_each(l.before) b ORDER BY b.key, l.at, l.id
      ) said) AS before,
      (SELECT max(at) FROM (${log} AND object_id = ${key} AND at <= ${then}) l) AS written
  ) u CROSS JOIN LATERAL jsonb_populate_record(NULL::${table}, to_jsonb(t) || coalesce(before, '{}')
    || jsonb_build_object('updated_at', coalesce(written, created_at))) p
  WHERE first IS DISTINCT FROM 'created'`
}

/**
 * The ids of the identifiers that a profile (SQL of its id) had then, also of one that is part of another by now: of those it has, and
 * those that went or came since, whatever the first move since did not bring.
 */
export function identifiersThen(profile: string, then: string): string {
  const since = `FROM merges m WHERE m.${OURS} AND m.at > ${then} AND (m.profile_id = ${profile} OR m.into_id = ${profile})`
  // A split is kept as what left and what it left.
  const from = `CASE m.kind WHEN 'split' THEN m.into_id ELSE m.profile_id END`
  return `SELECT c.id FROM (
      SELECT i.id FROM identifiers i WHERE i.${OURS} AND i.profile_id = ${profile}
      UNION SELECT unnest(m.identifiers) ${since}
    ) c WHERE coalesce((SELECT ${from} = ${profile} ${since} AND m.identifiers @> ARRAY[c.id] ORDER BY m.at, m.id LIMIT 1), true)`
}

/** The traits of profiles p: of what events said the latest by then, and what none said as it is now. */
export function traitsThen(then: string): string {
  return `(
  SELECT p.traits - coalesce(array_agg(key) FILTER (WHERE value IS NULL), '{}') || coalesce(jsonb_object_agg(key, value) FILTER (WHERE value IS NOT NULL), '{}')
  FROM (
    SELECT key, (array_agg(value ORDER BY occurred_at DESC, id DESC) FILTER (WHERE received_at <= ${then}))[1] AS value
    FROM (${saidBy('p.id', then)}) e, jsonb_each(e.traits) GROUP BY key
  ) said)`
}

/** Since when the profile's trait (SQL of its name) had been as it was then; null when no event said it. */
export function traitSinceThen(profile: string, trait: string, then: string): string {
  const latest = 'OVER (ORDER BY occurred_at DESC, id DESC)'
  return `(
  SELECT min(occurred_at) FROM (
    SELECT occurred_at, count(*) FILTER (WHERE value <> last) ${latest} AS others
    FROM (
      SELECT occurred_at, id, traits -> ${trait} AS value, first_value(traits -> ${trait}) ${latest} AS last
      FROM (${saidBy(profile, then)}) e WHERE traits ? ${trait} AND received_at <= ${then}
    ) said
  ) run WHERE others = 0)`
}

function saidBy(profile: string, then: string): string {
  return `SELECT id, occurred_at, received_at, traits FROM tenant_events
    WHERE identifier_id = ANY (ARRAY(${identifiersThen(profile, then)})) AND traits IS NOT NULL AND type <> 'group'`
}
