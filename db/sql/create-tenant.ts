import { type Client, inTenant } from '../client.ts'
import { sha256 } from '../secret.ts'

export type NewKey = {
  /** The key itself; stored as its SHA-256 only. */
  key: string
  name: string
  scopes: ('write' | 'read' | 'admin')[]
  /** The name of the source that what is sent with this key is attributed to; made if there is none of that name. */
  source?: string
}

export type NewTenant = { slug: string; name: string; timezone?: string; keys: readonly NewKey[] }

/** A tenant with its keys and their sources, in one transaction. `owner` is the owner's client. Resolves to the tenant's id. */
export async function createTenant(owner: Client, { slug, name, timezone = 'UTC', keys }: NewTenant): Promise<string> {
  const [{ id }] = await owner<[{ id: string }]>`SELECT uuidv7() AS id`
  const hashed = keys.map(({ key, ...rest }) => ({ ...rest, hash: sha256(key) }))
  await inTenant(owner, id, async (sql) => {
    await sql`
INSERT INTO tenants (id, slug, name, timezone) VALUES (${id}, ${slug}, ${name}, ${timezone})`
    await sql`
INSERT INTO sources (name)
SELECT DISTINCT k.source FROM jsonb_to_recordset(${sql.json(hashed)}) AS k (source text) WHERE k.source IS NOT NULL`
    await sql`
INSERT INTO api_keys (source_id, name, hash, scopes)
SELECT s.id, k.name, k.hash, k.scopes
FROM jsonb_to_recordset(${sql.json(hashed)}) AS k (source text, name text, hash text, scopes text[])
LEFT JOIN sources s ON s.tenant_id = ${id} AND s.name = k.source`
  })
  return id
}
