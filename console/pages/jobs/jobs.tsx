import { useLive } from '../../client/live.ts'
import { here, usePlace } from '../../client/router.ts'
import type { JobState } from '../../client/schema.ts'
import { useViewer } from '../../client/viewer.ts'
import { bytes, compact, span } from '../../ui/format.ts'
import { Liveness } from '../../ui/liveness.tsx'
import { Card, Empty, Figure, Link, Page, Ready, Time, Waiting } from '../../ui/parts.tsx'
import { Consumers } from './consumers.tsx'
import { JobBoard, type JobBoardResult } from './jobs.graphql.ts'
import { JobTable } from './list.tsx'
import { Plots } from './plots.tsx'
import { countIn } from './series.ts'
import { Tasks } from './tasks.tsx'
import './jobs.css'

type Board = JobBoardResult['jobBoard']

export default function Jobs() {
  const viewer = useViewer()
  return (
    <Page title="Worker jobs" name="Worker jobs" lead="What the workers have to do, what they do, and what went wrong.">
      {!viewer ? (
        <Waiting />
      ) : !viewer.permissions.includes('operate') ? (
        <Card>
          <Empty title="You may not see the jobs">
            <p>They are for operators: ask an owner for that role, or use a key with the scope operator.</p>
          </Empty>
        </Card>
      ) : (
        <Dashboard />
      )}
    </Page>
  )
}

function Dashboard() {
  const board = useLive(JobBoard, {})
  const { search } = usePlace()
  const task = search.get('task') ?? ''
  const ofTask = <T extends { task: string }>(all: T[] = []) => (task ? all.filter((one) => one.task === task) : all)
  return (
    <>
      <div className="row">
        <Liveness state={board.state} />
        {task && (
          <Link className="pill accent" to={here({ task: null, after: null, before: null })}>
            Only {task}: show all tasks
          </Link>
        )}
      </div>
      <Ready query={board}>{({ jobBoard }) => <Figures data={jobBoard} />}</Ready>
      <Plots stretches={ofTask(board.data?.jobBoard.jobStatistics)} task={task} />
      {board.data && <Tasks data={board.data.jobBoard} task={task} />}
      <JobTable
        key={`${search.get('state')} ${task}`}
        state={search.get('state') ?? ''}
        task={task}
        counts={ofTask(board.data?.jobBoard.jobCounts)}
      />
      {board.data && <Machinery data={board.data.jobBoard} />}
    </>
  )
}

function Figures({ data }: { data: Board }) {
  const many = (state: JobState) => {
    const { count, more } = countIn(data.jobCounts, state)
    return `${compact(count)}${more ? '+' : ''}`
  }
  const oldest = data.jobCounts
    .filter(({ state }) => state === 'WAITING')
    .map((one) => one.oldest)
    .sort()[0]
  const lag = Math.max(0, ...data.relays.map(({ lagSeconds }) => lagSeconds))
  const failed = many('FAILED')
  return (
    <dl className="figures">
      <Figure name="Waiting">
        {many('WAITING')}
        {oldest && <small>oldest {span(Math.max(0, Date.now() - Date.parse(oldest)))}</small>}
      </Figure>
      <Figure name="Running">{many('RUNNING')}</Figure>
      <Figure name="To be tried again">{many('RETRYING')}</Figure>
      <Figure name="Failed for good">
        <span className={failed === '0' ? undefined : 'alarm'}>{failed}</span>
      </Figure>
      <Figure name="Relay behind by" title="How long a commit waits to be read out of the write-ahead log">
        {lag < 0.001 ? '0 ms' : span(lag * 1000)}
      </Figure>
      <Figure name="Timers">
        {compact(data.timers.waiting)}
        {data.timers.due > 0 ? (
          <small className="alarm">{compact(data.timers.due)} due</small>
        ) : (
          data.timers.nextAt && (
            <small>
              next <Time at={data.timers.nextAt} />
            </small>
          )
        )}
      </Figure>
    </dl>
  )
}

function Machinery({ data }: { data: Board }) {
  return (
    <div className="grid-even">
      <Card title="Relay">
        {data.relays.length === 0 && <p className="muted">None has ever run: start one with `npm run relay`.</p>}
        {data.relays.map((relay) => (
          <dl key={relay.slot} className="facts">
            <dt>Slot</dt>
            <dd>
              {relay.slot}{' '}
              <span className={`pill ${relay.active ? 'good' : 'bad'}`}>
                {relay.active ? 'being read' : 'nobody reads'}
              </span>
            </dd>
            <dt>Leader</dt>
            <dd>{relay.leader ?? 'none'}</dd>
            <dt>Seen</dt>
            <dd>
              <Time at={relay.seenAt} />
            </dd>
            <dt>Checkpoint</dt>
            <dd className="mono">{relay.checkpoint}</dd>
            <dt>Log kept</dt>
            <dd>
              {relay.lagBytes === null ? 'no slot' : bytes(Number(relay.lagBytes))}{' '}
              <span className="muted">({relay.walStatus})</span>
            </dd>
            <dt>Slot lost</dt>
            <dd>{relay.lost === 0 ? 'never' : `${relay.lost} times, everything was recomputed`}</dd>
          </dl>
        ))}
      </Card>
      <div className="stack">
        <Card title="Workers" flush>
          {data.workers.length === 0 && <p className="muted pad">None is running: start one with `npm run worker`.</p>}
          <ul className="lines">
            {data.workers.map((worker) => (
              <li key={worker.id}>
                <span className={`dot ${worker.alive ? 'good' : 'bad'}`} />
                <span className="truncate">
                  {worker.host} <span className="muted">process {worker.pid}</span>
                </span>
                <span className="when">
                  {worker.alive ? 'since ' : 'silent since '}
                  <Time at={worker.alive ? worker.startedAt : worker.seenAt} />
                </span>
              </li>
            ))}
            {data.cron.map(({ task, lastExecution }) => (
              <li key={task}>
                <span className="pill">by the clock</span>
                <span className="truncate">{task}</span>
                <span className="when">{lastExecution ? <Time at={lastExecution} /> : 'not yet'}</span>
              </li>
            ))}
          </ul>
        </Card>
        <Consumers />
      </div>
    </div>
  )
}
