import type { PostgresSourcesResult } from './postgres-sources.graphql.ts'

export type PostgresSource = PostgresSourcesResult['postgresSources'][number]

export const isFollowed = ({ mode }: PostgresSource) => mode === 'REPLICATION'

/** Where it reads. */
export const placeOf = ({ schema, table, tables }: PostgresSource) => tables?.join(', ') ?? `${schema}.${table}`

export function State({ of }: { of: PostgresSource }) {
  const { status, error, position, warnings } = of
  if (status === 'PAUSED') return <span className="pill warn">paused</span>
  if (error) return <span className="pill bad">failing</span>
  if (!isFollowed(of)) return <span className="pill good">reading</span>
  if (position === null) return <span className="pill info">copying</span>
  if (warnings.length > 0) return <span className="pill warn">following</span>
  return <span className="pill good">following</span>
}
