import { type ReactNode, useState } from 'react'
import type { Document } from '../../client/document.ts'
import { useLive } from '../../client/live.ts'
import { request } from '../../client/request.ts'
import { here } from '../../client/router.ts'
import type { JobState } from '../../client/schema.ts'
import { Confirm } from '../../ui/dialog.tsx'
import { inline, plural, words } from '../../ui/format.ts'
import { isObject } from '../../rules/model.ts'
import { Icon } from '../../ui/icons.tsx'
import { Pager, usePageArguments } from '../../ui/pager.tsx'
import { Card, Code, Empty, Ready, Tabs, Time } from '../../ui/parts.tsx'
import { attempt, toast } from '../../ui/toast.tsx'
import {
  DiscardJobs,
  JobList,
  type JobListResult,
  type JobBoardResult,
  RescheduleJobs,
  RetryJobs,
  RunJobsNow,
} from './jobs.graphql.ts'
import { countIn } from './series.ts'

type Job = JobListResult['jobBoard']['jobs']['nodes'][number]

const PAGE_SIZE = 20
const HOUR_MS = 3_600_000

const STATES: Record<JobState, { name: string; tone: string }> = {
  WAITING: { name: 'Waiting', tone: '' },
  RUNNING: { name: 'Running', tone: 'info' },
  RETRYING: { name: 'Trying again', tone: 'warn' },
  SCHEDULED: { name: 'Scheduled', tone: '' },
  FAILED: { name: 'Failed', tone: 'bad' },
}
const ORDER: JobState[] = ['FAILED', 'RETRYING', 'RUNNING', 'WAITING', 'SCHEDULED']

type Props = { state: string; task: string; counts: JobBoardResult['jobBoard']['jobCounts'] }

export function JobTable({ state, task, counts }: Props) {
  const known = ORDER.find((one) => one === state.toUpperCase())
  const page = usePageArguments(PAGE_SIZE)
  const filter = { ...(known && { state: { eq: known } }), ...(task && { task: { eq: task } }) }
  const list = useLive(JobList, { filter, ...page })
  const tabs = [
    { key: '', name: 'All', to: here({ state: null, after: null, before: null }) },
    ...ORDER.map((one) => ({
      key: one.toLowerCase(),
      name: STATES[one].name,
      to: here({ state: one.toLowerCase(), after: null, before: null }),
      ...countIn(counts, one),
    })),
  ]
  return (
    <Card flush>
      <Tabs tabs={tabs} current={known?.toLowerCase() ?? ''} label="Jobs by state" />
      <Ready query={list}>
        {({ jobBoard: { jobs } }) =>
          jobs.nodes.length === 0 ? (
            <Nothing state={known} />
          ) : (
            <>
              <List jobs={jobs.nodes} />
              <Pager info={jobs.pageInfo} />
            </>
          )
        }
      </Ready>
    </Card>
  )
}

function Nothing({ state }: { state: JobState | undefined }) {
  if (state === 'FAILED') {
    return (
      <Empty title="Nothing has failed">
        <p>
          A job that fails is tried again, later and later, up to 25 times. What fails even then is kept here, with its
          error.
        </p>
      </Empty>
    )
  }
  return (
    <Empty title={state ? `Nothing is ${STATES[state].name.toLowerCase()}` : 'Nothing to do'}>
      <p>
        Every commit about people becomes a job within milliseconds; a job that is done is gone. Write an event, and
        look quickly.
      </p>
    </Empty>
  )
}

function List({ jobs }: { jobs: Job[] }) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const ids = jobs.filter(({ id }) => chosen.has(id)).map(({ id }) => id)
  const all = ids.length === jobs.length
  return (
    <>
      <div className="bulk">
        <label className="row">
          <input
            type="checkbox"
            checked={all}
            onChange={() => setChosen(all ? new Set() : new Set(jobs.map(({ id }) => id)))}
          />
          {ids.length === 0 ? 'Choose all of these' : plural(ids.length, 'job')}
        </label>
        {ids.length > 0 && <Actions ids={ids} onDone={() => setChosen(new Set())} />}
      </div>
      <ul className="lines jobs">
        {jobs.map((job) => (
          <Line
            key={job.id}
            job={job}
            chosen={chosen.has(job.id)}
            onChoose={() => {
              const next = new Set(chosen)
              if (!next.delete(job.id)) next.add(job.id)
              setChosen(next)
            }}
          />
        ))}
      </ul>
    </>
  )
}

function Line({ job, chosen, onChoose }: { job: Job; chosen: boolean; onChoose(): void }) {
  const [open, setOpen] = useState(false)
  const { name, tone } = STATES[job.state]
  return (
    <li className="job">
      <input type="checkbox" aria-label={`Choose job ${job.id}`} checked={chosen} onChange={onChoose} />
      <button type="button" className="disclose" aria-expanded={open} onClick={() => setOpen(!open)}>
        <b>{job.task}</b>
        <span className={`pill ${tone}`}>{name}</span>
        <span className="soft truncate">{job.error ? firstLine(job.error) : about(job.summary)}</span>
      </button>
      <span className="when">
        {job.state === 'RUNNING' && job.startedAt ? (
          <>
            began <Time at={job.startedAt} />
          </>
        ) : (
          <Time at={job.runAt} />
        )}
      </span>
      {open && (
        <div className="detail">
          <dl className="facts">
            <Fact name="Job">{job.id}</Fact>
            <Fact name="About">{about(job.summary)}</Fact>
            <Fact name="Queue">{job.queue}</Fact>
            <Fact name="Key">{job.key ?? 'none'}</Fact>
            <Fact name="Attempts">
              {job.attempts} of {job.maxAttempts}
            </Fact>
            <Fact name="Made">
              <Time at={job.createdAt} />
            </Fact>
            <Fact name="Not before">{new Date(job.runAt).toLocaleString()}</Fact>
            {job.worker && <Fact name="Worker">{job.worker}</Fact>}
          </dl>
          {job.error && <Code text={job.error} wrap />}
          <div className="row wrap">
            <Actions ids={[job.id]} onDone={() => {}} />
          </div>
        </div>
      )}
    </li>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="contents">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

/** What an operator does to jobs. One that runs, or is gone by now, is left alone, and that is said. */
function Actions({ ids, onDone }: { ids: string[]; onDone(): void }) {
  const [asking, setAsking] = useState(false)

  function act<Result extends { [name: string]: { ids: string[] } }, Variables extends { ids: string[] }>(
    document: Document<Result, Variables>,
    variables: Variables,
    done: string,
  ) {
    void attempt(async () => {
      const result = await request(document, variables)
      const count = Object.values(result)[0]!.ids.length
      const left = ids.length - count
      toast(
        left === 0 ? `${plural(count, 'job')} ${done}.` : `${plural(count, 'job')} ${done}; ${left} ran or was gone.`,
      )
      onDone()
    })
  }

  return (
    <>
      <button type="button" className="button small" onClick={() => act(RetryJobs, { ids }, 'will be tried again')}>
        <Icon name="retry" size={14} /> Retry
      </button>
      <button type="button" className="button small" onClick={() => act(RunJobsNow, { ids }, 'will run now')}>
        Run now
      </button>
      <button
        type="button"
        className="button small"
        onClick={() =>
          act(RescheduleJobs, { ids, runAt: new Date(Date.now() + HOUR_MS).toISOString() }, 'put off for an hour')
        }
      >
        In an hour
      </button>
      <button type="button" className="button small danger" onClick={() => setAsking(true)}>
        <Icon name="trash" size={14} /> Discard
      </button>
      <Confirm
        title={`Discard ${plural(ids.length, 'job')}?`}
        open={asking}
        onClose={() => setAsking(false)}
        action="Discard"
        onConfirm={() => act(DiscardJobs, { ids }, 'discarded')}
      >
        <p>What they were about stays as it is until something changes it again. This cannot be taken back.</p>
      </Confirm>
    </>
  )
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!
}

/** {people: 2, first: {user_id: 'ada'}} -> '2 people, first ada'. */
export function about(summary: unknown): string {
  if (!isObject(summary)) return ''
  const { people, profiles, accounts, first, ...rest } = summary
  const parts = [
    typeof people === 'number' && people > 0 ? plural(people, 'person', 'people') : '',
    typeof profiles === 'number' && profiles > 0 ? plural(profiles, 'profile') : '',
    typeof accounts === 'number' && accounts > 0 ? plural(accounts, 'account') : '',
    isObject(first) ? `first ${Object.values(first).map(inline).join(', ')}` : '',
    ...Object.entries(rest).map(([key, value]) => `${words(key).toLowerCase()} ${inline(value)}`),
  ]
  return parts.filter(Boolean).join(', ')
}
