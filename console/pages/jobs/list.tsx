import { type ReactNode, useState } from 'react'
import { useLive } from '../../client/live.ts'
import { here } from '../../client/router.ts'
import type { JobFilter, JobState } from '../../client/schema.ts'
import { inline, plural, words } from '../../ui/format.ts'
import { isObject } from '../../rules/model.ts'
import { Pager, usePageArguments } from '../../ui/pager.tsx'
import { Card, Code, Empty, Ready, Tabs, Time } from '../../ui/parts.tsx'
import { Actions } from './actions.tsx'
import { JobList, type JobListResult, type JobBoardResult } from './jobs.graphql.ts'
import { countIn } from './series.ts'

type Job = JobListResult['jobBoard']['jobs']['nodes'][number]

const PAGE_SIZE = 20

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
              <List
                jobs={jobs.nodes}
                others={jobs.pageInfo.hasNextPage || jobs.pageInfo.hasPreviousPage}
                filter={filter ?? {}}
              />
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

function List({ jobs, others, filter }: { jobs: Job[]; others: boolean; filter: JobFilter }) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [everything, setEverything] = useState(false)
  const ids = jobs.filter(({ id }) => chosen.has(id)).map(({ id }) => id)
  const all = ids.length === jobs.length
  function choose(ids: Iterable<string>) {
    setChosen(new Set(ids))
    setEverything(false)
  }
  return (
    <>
      <div className="bulk">
        <label className="row">
          <input type="checkbox" checked={all} onChange={() => choose(all ? [] : jobs.map(({ id }) => id))} />
          {everything ? 'All that are listed' : ids.length === 0 ? 'Choose all of these' : plural(ids.length, 'job')}
        </label>
        {all && others && !everything && (
          <button type="button" className="button small ghost" onClick={() => setEverything(true)}>
            Choose those of the other pages too
          </button>
        )}
        {ids.length > 0 && <Actions of={everything ? { filter } : { ids }} onDone={() => choose([])} />}
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
              choose(next)
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
            <Actions of={{ ids: [job.id] }} onDone={() => {}} />
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
