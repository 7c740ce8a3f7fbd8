import type { PostgresSourcesResult } from './postgres-sources.graphql.ts'

export type PostgresSource = PostgresSourcesResult['postgresSources'][number]

export function State({ of: { status, error } }: { of: PostgresSource }) {
  if (status === 'PAUSED') return <span className="pill warn">paused</span>
  return error ? <span className="pill bad">failing</span> : <span className="pill good">reading</span>
}
