import { follow } from '../../api/postgres-source/follow.ts'
import { pull } from '../../api/postgres-source/pull.ts'
import { dropOwedSlot } from '../../api/postgres-source/slot.ts'
import { backfill } from '../../engine/backfill.ts'
import { withoutErased } from '../../engine/identity/index.ts'
import { keepIndex } from '../../engine/model/indexes.ts'
import { react } from '../../engine/react.ts'
import { reapply, recompute } from '../../engine/recompute.ts'
import { replay } from '../../engine/replay.ts'
import { refreshAudience } from '../../engine/segments/audience-bits.ts'
import type { Engine, Follower } from '../../jobs/engine.ts'

/** What a worker's jobs call. `ownerUrl`: whose connection makes indexes; without it the fields say that they have none. */
export function engineOf(ownerUrl: string | undefined): Engine {
  return {
    react,
    withoutErased,
    backfill,
    keepIndex: (sql, tenant, field) => keepIndex(sql, tenant, field, ownerUrl),
    refreshAudience,
    recompute,
    reapply,
    replay,
    pull,
  }
}

export const follower: Follower = { follow, dropOwedSlot }
