import { useQuery } from '../../client/query.ts'
import { here, usePlace } from '../../client/router.ts'
import { useMayChange } from '../../client/viewer.ts'
import { compact } from '../../ui/format.ts'
import { Icon } from '../../ui/icons.tsx'
import { Card, Empty, Link, Note, Ready, Time } from '../../ui/parts.tsx'
import { PostgresEditor } from './postgres-editor.tsx'
import { placeOf, type PostgresSource, State } from './postgres-state.tsx'
import { PostgresSources } from './postgres-sources.graphql.ts'

const POLL_MS = 3000

/** Tables of other databases that are read, from time to time or by their log, and how far each has been. */
export function PostgresSourceList() {
  const { search } = usePlace()
  const mayChange = useMayChange('model')
  const sources = useQuery(PostgresSources, {}, { every: POLL_MS, skip: !mayChange })
  const chosen = search.get('postgres')
  if (!mayChange) return <Note>Postgres sources are for those who may change the model.</Note>
  return (
    <Ready query={sources}>
      {({ postgresSources }) => {
        const known = postgresSources.find(({ source }) => source?.id === chosen)
        if (chosen && (known || chosen === 'new')) return <PostgresEditor key={chosen} known={known} />
        return (
          <Card
            title="Postgres sources"
            flush
            actions={
              <Link to={here({ postgres: 'new' })} className="button small">
                <Icon name="plus" size={14} /> New Postgres source
              </Link>
            }
          >
            <Table sources={postgresSources} />
          </Card>
        )
      }}
    </Ready>
  )
}

function Table({ sources }: { sources: PostgresSource[] }) {
  if (sources.length === 0) {
    return (
      <Empty title="No Postgres source yet">
        <p>
          Tables of another Postgres are read from time to time, or followed change by change; a mapping makes events
          and records of their rows.
        </p>
      </Empty>
    )
  }
  return (
    <div className="table-wrap">
      <table>
        <thead>
          <tr>
            <th>Source</th>
            <th>State</th>
            <th className="right">Rows</th>
            <th className="right wide-only">Events</th>
            <th className="right wide-only">Records</th>
            <th className="right">Refused</th>
            <th className="right wide-only">Read</th>
          </tr>
        </thead>
        <tbody>
          {sources.map((one) => (
            <tr key={one.source?.id}>
              <td>
                <Link to={here({ postgres: one.source?.id ?? null })}>
                  <b>{one.source?.name}</b>
                </Link>{' '}
                <span className="muted fine">{placeOf(one)}</span>
              </td>
              <td>
                <State of={one} />
              </td>
              <td className="right">{compact(one.rows)}</td>
              <td className="right wide-only">{compact(one.stored)}</td>
              <td className="right wide-only">{compact(one.records)}</td>
              <td className="right">{one.dead > 0 ? <span className="pill bad">{compact(one.dead)}</span> : '0'}</td>
              <td className="right wide-only muted">{one.pulledAt ? <Time at={one.pulledAt} /> : 'not yet'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
