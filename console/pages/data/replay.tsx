import { type FormEvent, useState } from 'react'
import { useSubscription } from '../../client/live.ts'
import { refresh, useQuery } from '../../client/query.ts'
import { request } from '../../client/request.ts'
import { useMayChange } from '../../client/viewer.ts'
import { useSave } from '../../definitions/save.ts'
import { number, plural } from '../../ui/format.ts'
import { listOf } from '../../ui/list.ts'
import { Pager, usePageArguments } from '../../ui/pager.tsx'
import { Card, Empty, Failure, Field, Ready, Time } from '../../ui/parts.tsx'
import { attempt, toast } from '../../ui/toast.tsx'
import { type DataOverviewResult } from './data.graphql.ts'
import {
  CancelReplay,
  ReplayEvents,
  ReplayProgress,
  type ReplayProgressResult,
  Replays,
  type ReplaysResult,
} from './replay.graphql.ts'

/** Those of others; one that is not over is followed. */
const POLL_MS = 15_000
const PAGE_SIZE = 20
const TONES = { WAITING: '', RUNNING: 'info', DONE: 'good', CANCELLED: 'warn' }

type Replay = ReplaysResult['replays']['nodes'][number]

/** Stored events of a range of time again, and how far that is. */
export function ReplayList({ sources }: { sources: DataOverviewResult['sources']['nodes'] }) {
  const mayChange = useMayChange('repair')
  const replays = useQuery(Replays, usePageArguments(PAGE_SIZE), { every: POLL_MS })
  return (
    <div className="stack">
      {mayChange && <NewReplay sources={sources} />}
      <Card title="Replays" flush>
        <Ready query={replays}>
          {({ replays }) =>
            replays.nodes.length === 0 ? (
              <Empty title="Nothing has been replayed">
                <p>
                  After a changed policy or rule, or a bug, stored events go through identity, labels and segments
                  again. Nobody is told of what comes out as it was.
                </p>
              </Empty>
            ) : (
              <>
                <ul className="lines">
                  {replays.nodes.map((replay) =>
                    isOver(replay) ? (
                      <Line key={replay.id} replay={replay} mayChange={false} />
                    ) : (
                      <Followed key={replay.id} replay={replay} mayChange={mayChange} />
                    ),
                  )}
                </ul>
                <Pager info={replays.pageInfo} count={plural(replays.totalCount, 'replay')} />
              </>
            )
          }
        </Ready>
      </Card>
    </div>
  )
}

const isOver = ({ state }: Pick<Replay, 'state'>) => state === 'DONE' || state === 'CANCELLED'

/** One that is not over, as it goes on. */
function Followed({ replay, mayChange }: { replay: Replay; mayChange: boolean }) {
  const { id } = replay
  const [latest, setLatest] = useState<ReplayProgressResult['replayProgress']>()
  useSubscription(ReplayProgress, id, {
    variables: () => ({ id }),
    onData({ replayProgress }) {
      setLatest(replayProgress)
      if (isOver(replayProgress)) void refresh()
    },
  })
  return <Line replay={{ ...replay, ...latest }} mayChange={mayChange} />
}

function Line({ replay, mayChange }: { replay: Replay; mayChange: boolean }) {
  const { id, from, before, names, source, state, done, total, events, transitions } = replay
  const what = [names?.join(', ') ?? 'all events', ...(source ? [`of ${source.name}`] : [])].join(' ')
  return (
    <li className="letter">
      <div className="what">
        <b>
          {day(from)} to {day(before)}
        </b>{' '}
        <span className={`pill ${TONES[state]}`}>{state.toLowerCase()}</span>
        <p className="soft truncate">{what}</p>
        {!isOver(replay) && (
          <progress aria-label="How far it is" max={total ?? undefined} value={total === null ? undefined : done} />
        )}
        <p className="muted fine">
          {number(events)} events again, {number(transitions)} changes told
        </p>
      </div>
      {mayChange && !isOver(replay) && (
        <button
          type="button"
          className="button small"
          onClick={() =>
            void attempt(async () => {
              await request(CancelReplay, { id })
              await refresh()
            })
          }
        >
          Cancel
        </button>
      )}
      <span className="when">
        <Time at={replay.finishedAt ?? replay.createdAt} />
      </span>
    </li>
  )
}

const day = (at: string) => new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })

function NewReplay({ sources }: { sources: DataOverviewResult['sources']['nodes'] }) {
  const { error, busy, run } = useSave()

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = event.currentTarget
    const data = new FormData(form)
    const names = listOf(String(data.get('names')))
    const source = String(data.get('source'))
    const at = (name: string) => new Date(String(data.get(name))).toISOString()
    void run(async () => {
      const input = {
        from: at('from'),
        before: at('before'),
        ...(names.length > 0 && { names }),
        ...(source && { source }),
      }
      await request(ReplayEvents, { input })
      toast('It runs behind what happens now.')
      form.reset()
      await refresh()
    })
  }

  return (
    <Card title="Replay stored events">
      <form className="form" onSubmit={submit}>
        <div className="form-row">
          <Field name="From">
            <input className="input" type="datetime-local" name="from" required />
          </Field>
          <Field name="Before">
            <input className="input" type="datetime-local" name="before" required />
          </Field>
          <Field name="Source" hint="Whose events; those of every source otherwise.">
            <select className="input" name="source">
              <option value="">Every source</option>
              {sources.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </Field>
          <Field name="Events" hint="Names with commas between; empty for all.">
            <input className="input" name="names" placeholder="Order Completed" />
          </Field>
        </div>
        {error && <Failure error={error} />}
        <div className="row wrap">
          <button type="submit" className="button primary" disabled={busy}>
            Replay
          </button>
        </div>
      </form>
    </Card>
  )
}
