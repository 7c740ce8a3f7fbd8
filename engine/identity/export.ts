/** Everything that is held about a person, as one JSON value: what somebody who asks for it gets. */
import type { Transaction } from '../../db/client.ts'
import type { JsonObject } from '../../db/schema/columns.ts'
import { readExport } from '../../db/sql/identity/export.ts'
import { readProfileStates } from '../../db/sql/identity/members.ts'
import { KithError } from '../../errors.ts'

/** More than this is for SQL (docs/sql.md): it would not fit into one answer. */
export const MOST_EVENTS = 100_000

/** Throws PROFILE_NOT_FOUND and EXPORT_TOO_LARGE. */
export async function exportProfile(sql: Transaction, tenantId: string, profileId: string): Promise<JsonObject> {
  const [state] = await readProfileStates(sql, tenantId, [profileId])
  if (!state) throw new KithError('PROFILE_NOT_FOUND', `There is no profile ${profileId}.`, { status: 404 })
  const exported = await readExport(sql, tenantId, state.merged_into ?? state.id, MOST_EVENTS)
  if (exported.events === null) {
    throw new KithError(
      'EXPORT_TOO_LARGE',
      `Expected at most ${MOST_EVENTS} events; read this person by SQL instead.`,
      {
        status: 413,
      },
    )
  }
  return exported
}
