import type { Transaction } from '../../client.ts'
import { OWNED_RECORDS } from './own-records.ts'
import type { Json, JsonObject } from '../../schema/columns.ts'

/** `events` is null where there are more than `mostEvents`. */
export async function readExport(
  sql: Transaction,
  tenantId: string,
  profileId: string,
  mostEvents: number,
): Promise<JsonObject & { events: Json }> {
  const records = OWNED_RECORDS.map(
    (
      table,
    ) => `'${table}', (SELECT coalesce(jsonb_agg(to_jsonb(r) - 'tenant_id' - 'identifier_id' - 'nobody' ORDER BY r.id), '[]')
    FROM ${table} r WHERE r.tenant_id = $1 AND r.identifier_id IN (SELECT id FROM own))`,
  )
  const [row] = await sql.unsafe<[{ exported: JsonObject & { events: Json } }]>(
    `
WITH own AS MATERIALIZED (
  SELECT * FROM identifiers WHERE tenant_id = $1 AND profile_id = $2::uuid
), parts AS (
  SELECT id FROM profiles WHERE tenant_id = $1 AND (id = $2::uuid OR merged_into = $2::uuid)
), happened AS MATERIALIZED (
  SELECT to_jsonb(e) - 'tenant_id' - 'identifier_id' - 'nobody' AS event, occurred_at, id FROM tenant_events e
  WHERE e.tenant_id = $1 AND e.identifier_id IN (SELECT id FROM own)
  LIMIT $3::int + 1
)
SELECT jsonb_build_object(
  'profile', (SELECT to_jsonb(p) - 'tenant_id' FROM profiles p WHERE p.tenant_id = $1 AND p.id = $2::uuid),
  'identifiers', (SELECT coalesce(jsonb_agg(to_jsonb(own) - 'tenant_id' - 'profile_id' ORDER BY first_seen, id), '[]') FROM own),
  'history', (SELECT coalesce(jsonb_agg(to_jsonb(m) - 'tenant_id' - 'announced' ORDER BY at, id), '[]') FROM merges m
    WHERE m.tenant_id = $1 AND (m.into_id IN (SELECT id FROM parts) OR m.profile_id IN (SELECT id FROM parts))),
  'accounts', (SELECT coalesce(jsonb_agg(jsonb_build_object('name', a.name, 'source', w.source, 'role', w.role, 'since', w.since)), '[]')
    FROM profile_accounts w JOIN accounts a ON a.tenant_id = w.tenant_id AND a.id = w.account_id
    WHERE w.tenant_id = $1 AND w.profile_id = $2::uuid),
  'contacts', (SELECT coalesce(jsonb_agg(to_jsonb(c) - 'tenant_id' ORDER BY c.id), '[]') FROM contacts c
    WHERE c.tenant_id = $1 AND identifier_id('contact', c.id::text) IN (SELECT id FROM own)),
  'leads', (SELECT coalesce(jsonb_agg(to_jsonb(l) - 'tenant_id' ORDER BY l.id), '[]') FROM leads l
    WHERE l.tenant_id = $1 AND l.id::text IN (SELECT value FROM own WHERE type = 'lead')),
  'lists', (SELECT coalesce(jsonb_agg(jsonb_build_object('key', l.key, 'type', m.type, 'value', m.value, 'since', m.created_at) ORDER BY l.key), '[]')
    FROM list_members m JOIN lists l ON l.tenant_id = m.tenant_id AND l.id = m.list_id
    WHERE m.tenant_id = $1 AND m.identifier_id IN (SELECT id FROM own)),
  'segments', (SELECT coalesce(jsonb_agg(jsonb_build_object('key', s.key, 'since', m.since) ORDER BY s.key), '[]')
    FROM members m JOIN segments s ON s.tenant_id = m.tenant_id AND s.id = m.segment_id
    WHERE m.tenant_id = $1 AND m.profile_id = $2::uuid),
  'labels', (SELECT coalesce(jsonb_agg(jsonb_build_object('key', l.key, 'value', v.value, 'since', v.since) ORDER BY l.key), '[]')
    FROM label_values v JOIN labels l ON l.tenant_id = v.tenant_id AND l.id = v.label_id
    WHERE v.tenant_id = $1 AND v.profile_id = $2::uuid),
  'transitions', (SELECT coalesce(jsonb_agg(to_jsonb(t) - 'tenant_id' ORDER BY at, id), '[]') FROM transitions t
    WHERE t.tenant_id = $1 AND t.profile_id IN (SELECT id FROM parts)),
  'personalFields', (SELECT coalesce(jsonb_agg(jsonb_build_object('object', f.object, 'key', f.key, 'class', f.personal) ORDER BY f.object, f.key), '[]')
    FROM fields f WHERE f.tenant_id = $1 AND f.personal <> 'none'),
  'deadLetters', (SELECT coalesce(jsonb_agg(to_jsonb(d) - 'tenant_id' ORDER BY d.id), '[]') FROM dead_letters d
    WHERE d.tenant_id = $1 AND EXISTS (SELECT FROM own WHERE strpos(lower(d.payload), lower(to_json(own.value)::text)) > 0)),
  ${records.join(',\n  ')},
  'events', (SELECT CASE WHEN count(*) <= $3::int THEN coalesce(jsonb_agg(event ORDER BY occurred_at, id), '[]') END FROM happened)
) AS exported`,
    [tenantId, profileId, mostEvents],
  )
  return row!.exported
}
