import { pull } from '../../api/postgres-source/pull.ts'
import { backfill } from '../../engine/backfill.ts'
import { withoutErased } from '../../engine/identity/index.ts'
import { keepIndex } from '../../engine/model/indexes.ts'
import { react } from '../../engine/react.ts'
import { reapply, recompute } from '../../engine/recompute.ts'
import { refreshAudience } from '../../engine/segments/audience-bits.ts'
import { replay } from '../../engine/replay.ts'
import type { Engine } from '../../jobs/engine.ts'

/** All that a worker runs. Indexes are made by their owner's connection; without its URL none is. */
export function engineOf(ownerUrl: string | undefined): Engine {
  return {
    react,
    keepIndex: (sql, tenant, field) => keepIndex(sql, tenant, field, ownerUrl),
    withoutErased,
    backfill,
    refreshAudience,
    recompute,
    reapply,
    replay,
    pull,
  }
}
