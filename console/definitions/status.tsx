import type { DefinitionStatus } from '../client/schema.ts'

type Definition = { status: DefinitionStatus; complete: boolean; backfill: { done: number; total: number } | null }

/** Where a segment or label stands: whether its answer is whole, and kept up to date. */
export function Status({ definition }: { definition: Definition }) {
  const { status, complete, backfill } = definition
  if (status === 'PAUSED') return <span className="pill warn">Paused</span>
  if (status === 'ARCHIVED') return <span className="pill">Archived</span>
  if (!complete) {
    const share = backfill && backfill.total > 0 ? Math.floor((backfill.done / backfill.total) * 100) : undefined
    return <span className="pill info">Being evaluated{share !== undefined && `, ${share} %`}</span>
  }
  return (
    <span className="pill good">
      <span className="dot good" /> Live
    </span>
  )
}
