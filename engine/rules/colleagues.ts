/** Whom else a change of a person concerns, where rules ask for the other people of an account. */
import type { Transaction } from '../../db/client.ts'

/** The people at the accounts of these profiles, themselves included where they have one. */
export async function colleaguesOf(sql: Transaction, profileIds: string[]): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
SELECT DISTINCT profile_id AS id
FROM profile_accounts
WHERE account_id = ANY (ARRAY(SELECT account_id FROM profile_accounts WHERE profile_id = ANY (${profileIds}::uuid[])))`
  return rows.map(({ id }) => id)
}
