import type { DefinitionStatus } from '../client/schema.ts'

/** Where a segment or label stands: whether its answer is whole, and kept up to date. */
export function Status({ definition }: { definition: { status: DefinitionStatus; complete: boolean } }) {
  const { status, complete } = definition
  if (status === 'PAUSED') return <span className="pill warn">Paused</span>
  if (status === 'ARCHIVED') return <span className="pill">Archived</span>
  if (!complete) return <span className="pill info">Being evaluated</span>
  return (
    <span className="pill good">
      <span className="dot good" /> Live
    </span>
  )
}
