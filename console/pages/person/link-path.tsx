import { useQuery } from '../../client/query.ts'
import { plural, words } from '../../ui/format.ts'
import { Icon } from '../../ui/icons.tsx'
import { Failure, Time, Waiting } from '../../ui/parts.tsx'
import { WhyOnePerson, type WhyOnePersonResult } from './identity.graphql.ts'

type Step = WhyOnePersonResult['explainIdentity']['path'][number]

/** The shortest way from one identifier to another: who said when that they belong together. */
export function LinkPath({ from, to }: { from: string; to: string }) {
  const { data, error } = useQuery(WhyOnePerson, { from, to })
  if (error) return <Failure error={error} />
  if (!data) return <Waiting />
  const { path, samePerson } = data.explainIdentity
  const names = new Map(data.sources.nodes.map(({ id, name }) => [id.slice(id.indexOf(':') + 1), name]))
  if (path.length === 0)
    return <p className="soft">{samePerson ? 'They are one person by hand.' : 'They are not one person.'}</p>
  return (
    <ol className="link-path">
      {path.map((step, index) => (
        // oxlint-disable-next-line react/no-array-index-key
        <li key={index}>
          <p>
            <b>{step.from?.value}</b> <Icon name="next" size={13} /> <b>{step.to?.value}</b>{' '}
            <span className="muted">{step.to && words(step.to.type).toLowerCase()}</span>
          </p>
          <p className="soft fine">{proofOf(step, names)}</p>
          {step.events[0] && (
            <p className="muted fine">
              first in {step.events[0].name}, <Time at={step.events[0].occurredAt} />
            </p>
          )}
        </li>
      ))}
    </ol>
  )
}

function proofOf(step: Step, names: Map<string, string>): string {
  return step.said
    .map(({ source, count }) => `said by ${names.get(source) ?? source} ${plural(count, 'time')}`)
    .concat(step.records.length > 0 ? [`in ${plural(step.records.length, 'record')} of ${step.records[0]!.kind}`] : [])
    .join(', ')
}
