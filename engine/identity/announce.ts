import type { Transaction } from '../../db/client.ts'
import { readProfileStates } from '../../db/sql/identity/members.ts'
import type { Announcement } from '../../db/sql/identity/merge-history.ts'
import type { Changes } from './changes.ts'

/** Tells what was done by hand since the last time, as it stands now. */
export async function announce(
  sql: Transaction,
  tenantId: string,
  all: Announcement[],
  changes: Changes,
): Promise<void> {
  if (all.length === 0) return
  const ids = [...new Set(all.flatMap((one) => [one.profile_id, one.into_id]))]
  const states = new Map((await readProfileStates(sql, tenantId, ids)).map((state) => [state.id, state]))
  for (const { kind, profile_id, into_id } of all) {
    for (const id of [profile_id, into_id]) {
      const state = states.get(id)
      if (state?.merged_into) changes.note(id, 'merged', state.merged_into)
      else if (state) changes.note(id, kind === 'split' && id === profile_id ? 'created' : 'updated')
    }
  }
}
