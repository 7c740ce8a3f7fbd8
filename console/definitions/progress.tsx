import { useState } from 'react'
import { useSubscription } from '../client/live.ts'
import { refresh } from '../client/query.ts'
import { number } from '../ui/format.ts'
import { BackfillProgress, type BackfillProgressResult } from './progress.graphql.ts'

type State = BackfillProgressResult['backfillProgress']

/** How far everybody has been looked at by a rule that is new or changed, as it goes on. Nothing once it is done. */
export function Progress({ id }: { id: string }) {
  const [state, setState] = useState<State>()
  useSubscription(BackfillProgress, id, {
    variables: () => ({ id }),
    onData({ backfillProgress }) {
      setState(backfillProgress)
      if (backfillProgress.complete) void refresh()
    },
  })
  if (!state || state.complete) return null
  const percent = Math.floor(state.share * 100)
  return (
    <div className="progress" role="status">
      <progress max={100} value={percent} aria-label="People looked at" />
      <span className="soft">
        {state.total === 0
          ? 'Waiting for a worker'
          : `${percent} %: looked at ${number(state.done)} of ${number(state.total)} people`}
      </span>
    </div>
  )
}
