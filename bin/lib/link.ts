import { emailOf, newToken } from '../../api/auth/people.ts'
import type { Role } from '../../api/auth/permissions.ts'
import { config } from '../../config.ts'
import { type Client, inTenant } from '../../db/client.ts'
import { sha256 } from '../../db/secret.ts'
import { insertInvitation } from '../../db/sql/users.ts'

const HOURS = 72

/** Two lines for the terminal: what the link is for, and the link, which is good once. `owner` is the owner's client. */
export async function linkFor(owner: Client, tenantId: string, given: string, role: Role): Promise<string> {
  const email = emailOf(given)
  const token = newToken()
  const isMember = await inTenant(owner, tenantId, async (sql) => {
    const [member] = await sql`SELECT FROM team_members WHERE tenant_id = ${tenantId} AND email = ${email}`
    const about = member ? { purpose: 'password' as const, role: null } : { purpose: 'join' as const, role }
    await insertInvitation(sql, { ...about, email, hash: sha256(token), by: null, hours: HOURS })
    return Boolean(member)
  })
  const what = isMember ? `${email} chooses a new password` : `${email} joins as ${role}`
  const base = config.PUBLIC_URL?.replace(/\/+$/, '') ?? `http://localhost:${config.PORT}`
  return `${what}, once, within ${HOURS} hours:\n  ${base}/join#${token}`
}
