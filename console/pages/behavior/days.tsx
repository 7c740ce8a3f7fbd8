/** What came of one behavior in the last two weeks. */
import { useQuery } from '../../client/query.ts'
import { compact } from '../../ui/format.ts'
import { Card, Figure, Ready, Time } from '../../ui/parts.tsx'
import { BehaviorDays, type BehaviorDaysResult } from './behavior.graphql.ts'
import { countOf } from './model.ts'

type Counts = BehaviorDaysResult['behaviorCounts']

export function BehaviorDaysCard({ name }: { name: string }) {
  const query = useQuery(BehaviorDays, { name }, { every: 10_000 })
  return (
    <Card title="Last 14 days">
      <Ready query={query}>{({ behaviorCounts }) => <Days counts={behaviorCounts} />}</Ready>
    </Card>
  )
}

function Days({ counts }: { counts: Counts }) {
  const sum = (...outcomes: string[]) => countOf(counts, ...outcomes)
  const places = counts.filter(({ outcome }) => outcome in VIOLATIONS)
  return (
    <div className="stack tight">
      <dl className="figures">
        <Figure name="Stored">{compact(sum('STORED'))}</Figure>
        <Figure name="Violating" title="Stored, and not as it says">
          {compact(sum('VIOLATING'))}
        </Figure>
        <Figure name="Refused" title="Dead letters">
          {compact(sum('REFUSED'))}
        </Figure>
        <Figure name="Left out" title="By the sample, the retention or consent">
          {compact(sum('SAMPLED_OUT', 'EXPIRED', 'UNCONSENTED'))}
        </Figure>
      </dl>
      {places.length > 0 && (
        <div className="table-wrap">
          <table>
            <thead>
              <tr>
                <th>Where</th>
                <th>What</th>
                <th className="right">Events</th>
                <th className="right wide-only">Latest</th>
              </tr>
            </thead>
            <tbody>
              {places.map(({ outcome, path, count, lastAt }) => (
                <tr key={`${outcome} ${path}`}>
                  <td className="mono">{path}</td>
                  <td>{VIOLATIONS[outcome]}</td>
                  <td className="right">{compact(count)}</td>
                  <td className="right wide-only muted">
                    <Time at={lastAt} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  )
}

const VIOLATIONS: Record<string, string> = {
  REQUIRED: 'required, and missing',
  TYPE: 'of another type',
  CHOICE: 'not among the choices',
  IDENTIFIER: 'an identifier that is missing',
}
