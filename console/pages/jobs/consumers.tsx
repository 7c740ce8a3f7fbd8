import { useQuery } from '../../client/query.ts'
import { compact, words } from '../../ui/format.ts'
import { Card, Ready, Time } from '../../ui/parts.tsx'
import { Consumers as ConsumersQuery } from './consumers.graphql.ts'

const POLL_MS = 3000

/** Who reads the feed by name, and how far behind each is. */
export function Consumers() {
  const query = useQuery(ConsumersQuery, {}, { every: POLL_MS })
  return (
    <Card title="Consumers of the feed" flush>
      <Ready query={query}>
        {({ consumers }) =>
          consumers.length === 0 ? (
            <p className="muted pad">
              None yet. A program that createConsumer has given a name reads on from what it acknowledged last.
            </p>
          ) : (
            <ul className="lines">
              {consumers.map(({ name, kinds, lag, cursor, acknowledgedAt, waitingSince }) => (
                <li key={name} title={`Has acknowledged ${cursor}`}>
                  <span className={`dot ${lag === '0' ? 'good' : 'warn'}`} />
                  <span className="truncate">
                    {name}{' '}
                    <span className="muted">
                      {kinds ? kinds.map((kind) => words(kind).toLowerCase()).join(', ') : 'everything'}
                    </span>
                  </span>
                  <span className="when">
                    {lag !== '0' && waitingSince ? (
                      <>
                        {compact(Number(lag))} behind, since <Time at={waitingSince} />
                      </>
                    ) : acknowledgedAt ? (
                      <>
                        up to date, <Time at={acknowledgedAt} />
                      </>
                    ) : (
                      'nothing to read yet'
                    )}
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Ready>
    </Card>
  )
}
