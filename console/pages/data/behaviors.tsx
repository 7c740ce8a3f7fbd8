/** What the events are: the behaviors with what came of each, and what there is that nobody has defined. */
import { useState } from 'react'
import { useQuery } from '../../client/query.ts'
import { useMayChange } from '../../client/viewer.ts'
import { compact } from '../../ui/format.ts'
import { Icon } from '../../ui/icons.tsx'
import { Card, Empty, Link, Ready, Time } from '../../ui/parts.tsx'
import { Behaviors, type BehaviorsResult, BehaviorSuggestions } from '../behavior/behavior.graphql.ts'
import { countOf, summary } from '../behavior/model.ts'

const POLL_MS = 5000

export function BehaviorList() {
  const mayChange = useMayChange('model')
  const query = useQuery(Behaviors, { days: 7 }, { every: POLL_MS })
  const actions = mayChange && (
    <Link to="/data/behaviors/new" className="button small">
      <Icon name="plus" size={14} /> New behavior
    </Link>
  )
  return (
    <div className="stack">
      <Card title="Behaviors, last 7 days" flush actions={actions}>
        <Ready query={query}>{(data) => <Table data={data} />}</Ready>
      </Card>
      {query.data && <Unknown data={query.data} />}
      <Suggestions />
    </div>
  )
}

type Behavior = BehaviorsResult['behaviors']['nodes'][number]

function Table({ data: { behaviors, behaviorCounts } }: { data: BehaviorsResult }) {
  if (behaviors.nodes.length === 0) {
    return (
      <Empty title="No behavior yet">
        <p>A behavior says what one kind of event is: its properties, how it is checked, and how long it is kept.</p>
      </Empty>
    )
  }
  const byName = Map.groupBy(behaviorCounts, ({ name }) => name)
  return (
    <div className="table-wrap">
      <table>
        <thead>
          <tr>
            <th>Event</th>
            <th>Mode</th>
            <th className="right">Stored</th>
            <th className="right">Not as it says</th>
            <th className="right wide-only">Left out</th>
          </tr>
        </thead>
        <tbody>
          {behaviors.nodes.map((behavior) => {
            const counts = byName.get(behavior.name) ?? []
            const violating = countOf(counts, 'VIOLATING', 'REFUSED')
            return (
              <tr key={behavior.id}>
                <td>
                  <Link to={`/data/behaviors/${behavior.id}`}>
                    <b>{behavior.name}</b>
                  </Link>{' '}
                  <span className="muted fine">{about(behavior)}</span>
                </td>
                <td>
                  <span className={`pill${behavior.mode === 'STRICT' ? ' accent' : ''}`}>
                    {behavior.mode.toLowerCase()}
                  </span>
                </td>
                <td className="right">{compact(countOf(counts, 'STORED'))}</td>
                <td className="right">
                  {violating > 0 ? <span className="pill bad">{compact(violating)}</span> : '0'}
                </td>
                <td className="right wide-only soft">
                  {compact(countOf(counts, 'SAMPLED_OUT', 'EXPIRED', 'UNCONSENTED'))}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

function about({ schema, samplePercent, retentionDays, purpose }: Behavior): string {
  return [
    summary(schema),
    samplePercent !== null && `${samplePercent} % of the people`,
    retentionDays !== null && `kept ${retentionDays} days`,
    purpose !== null && `for ${purpose}`,
  ]
    .filter(Boolean)
    .join(' · ')
}

/** Events that are no behavior, as the gate has counted them. */
function Unknown({ data: { behaviorCounts } }: { data: BehaviorsResult }) {
  const unknown = behaviorCounts.filter(({ outcome }) => outcome === 'UNKNOWN')
  if (unknown.length === 0) return null
  return (
    <Card title="Events without a behavior" flush>
      <div className="table-wrap">
        <table>
          <thead>
            <tr>
              <th>Event</th>
              <th className="right">Came</th>
              <th className="right">Latest</th>
            </tr>
          </thead>
          <tbody>
            {unknown.map(({ name, count, lastAt }) => (
              <tr key={name}>
                <td>{name || <span className="muted">others</span>}</td>
                <td className="right">{compact(count)}</td>
                <td className="right muted">
                  <Time at={lastAt} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  )
}

function Suggestions() {
  const mayChange = useMayChange('model')
  const [asked, setAsked] = useState(false)
  const query = useQuery(BehaviorSuggestions, {}, { skip: !asked })
  if (!asked) {
    return (
      <Card title="Suggestions">
        <div className="row wrap">
          <span className="soft">What your latest events are, with their properties and types.</span>
          <button type="button" className="button" onClick={() => setAsked(true)}>
            Look at the events
          </button>
        </div>
      </Card>
    )
  }
  return (
    <Card title="Suggestions" flush>
      <Ready query={query}>
        {({ suggestBehaviors }) => {
          const open = suggestBehaviors.filter(({ defined }) => !defined)
          if (open.length === 0) return <Empty title="Every kind of event is defined" />
          return (
            <div className="table-wrap">
              <table>
                <tbody>
                  {open.map(({ name, count, schema, lastAt }) => (
                    <tr key={name}>
                      <td>
                        <b>{name}</b> <span className="muted fine">{summary(schema)}</span>
                      </td>
                      <td className="right soft">
                        {compact(count)}, latest <Time at={lastAt} />
                      </td>
                      <td className="right">
                        {mayChange && (
                          <Link
                            to={`/data/behaviors/new?like=${encodeURIComponent(name)}`}
                            className="button small"
                            aria-label={`Define it: ${name}`}
                          >
                            Define it
                          </Link>
                        )}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }}
      </Ready>
    </Card>
  )
}
