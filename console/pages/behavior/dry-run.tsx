/** Which stored events the draft would refuse. */
import { useState } from 'react'
import { request } from '../../client/request.ts'
import { useSave } from '../../definitions/save.ts'
import { number as count, plural } from '../../ui/format.ts'
import { Card, Failure, Note } from '../../ui/parts.tsx'
import { TryBehavior, type TryBehaviorResult } from './behavior.graphql.ts'
import { type Draft, inputOf } from './model.ts'

const DAYS = [1, 7, 30, 90]

export function DryRun({ draft }: { draft: Draft }) {
  const [days, setDays] = useState(7)
  const [seen, setSeen] = useState<{ draft: string; result: TryBehaviorResult['previewBehavior'] }>()
  const { error, busy, run } = useSave()
  const behavior = inputOf(draft)
  const version = JSON.stringify(behavior)
  const look = () =>
    run(async () => {
      const { previewBehavior } = await request(TryBehavior, { behavior, days })
      setSeen({ draft: version, result: previewBehavior })
    })
  return (
    <Card title="Dry run">
      <div className="stack tight">
        <div className="row wrap">
          <span>Check the stored events of the last</span>
          <select
            className="input"
            aria-label="Days"
            value={days}
            onChange={(event) => setDays(Number(event.target.value))}
          >
            {DAYS.map((n) => (
              <option key={n} value={n}>
                {n === 1 ? 'day' : `${n} days`}
              </option>
            ))}
          </select>
          <button type="button" className="button" disabled={busy || draft.name === ''} onClick={() => void look()}>
            Try it
          </button>
        </div>
        {error && <Failure error={error} />}
        {seen && (
          <>
            {seen.draft !== version && <Note tone="warn">This is of the draft before the last change.</Note>}
            <Outcome result={seen.result} />
          </>
        )}
      </div>
    </Card>
  )
}

function Outcome({ result }: { result: TryBehaviorResult['previewBehavior'] }) {
  const { examined, complete, violating, violations } = result
  const looked = `${plural(examined, 'event')}${complete ? '' : ', the latest'}`
  if (examined === 0) return <Note>There is no event of this name in these days.</Note>
  if (violating === 0) {
    return (
      <Note tone="good" icon="check">
        All are as it says: {looked}.
      </Note>
    )
  }
  return (
    <>
      <Note tone="warn">
        {count(violating)} of {looked} are not as it says.
      </Note>
      <div className="table-wrap">
        <table>
          <thead>
            <tr>
              <th>Where</th>
              <th>Expected</th>
              <th>Found</th>
              <th className="right">Events</th>
            </tr>
          </thead>
          <tbody>
            {violations.map(({ code, path, expected, found, count: events }) => (
              <tr key={`${code} ${path}`}>
                <td className="mono">{path}</td>
                <td>{expected}</td>
                <td>{found}</td>
                <td className="right">{count(events)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}
