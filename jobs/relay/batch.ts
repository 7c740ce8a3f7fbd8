/** From messages of the log to jobs: grouped by tenant, in pieces of at most 500 people, joined to jobs that still wait. */
import { z } from 'zod'
import type { JobSpec } from '../../db/sql/enqueue.ts'
import { formatLsn } from '../../db/wal/lsn.ts'
import type { WalMessage } from '../../db/wal/replication.ts'
import { log } from '../../log.ts'
import { MOST_PEOPLE, reactQueue } from '../tasks/payload.ts'

const contentSchema = z.union([
  z.object({ tenant: z.uuid(), people: z.array(z.looseObject({})) }),
  z.object({ tenant: z.uuid(), definition: z.object({ kind: z.enum(['segment', 'label']), id: z.uuid() }) }),
])
type Person = Record<string, unknown>

/** The job that a tenant's next people may join, as far as this leader knows, and how many it carries. */
export type OpenJobs = Map<string, { key: string; people: number }>

export type Plan = {
  jobs: JobSpec[]
  /** Called with the keys that the jobs got. */
  done(keys: Set<string>): void
}

export function plan(messages: WalMessage[], open: OpenJobs): Plan {
  const people = new Map<string, Person[]>()
  const backfills = new Map<string, JobSpec>()
  for (const message of messages) {
    const content = read(message)
    if (!content) continue
    if ('people' in content) {
      const sofar = people.get(content.tenant)
      if (sofar) sofar.push(...content.people)
      else people.set(content.tenant, content.people)
    } else {
      const { tenant, definition } = content
      const key = `backfill:${tenant}:${definition.kind}:${definition.id}`
      backfills.set(key, {
        task: 'backfill',
        queue: `backfill:${tenant}`,
        key,
        payload: { tenant, ...definition },
        priority: 10,
      })
    }
  }
  const name = formatLsn(messages.at(-1)!.messageLsn)
  const reacts = [...people].flatMap(([tenant, list]) => reactJobs(tenant, list, name, open))
  return {
    jobs: [...reacts.map(({ job }) => job), ...backfills.values()],
    done(keys) {
      for (const { tenant, job, count } of reacts) {
        const joined = job.joins !== undefined && keys.has(job.joins)
        const before = joined ? open.get(tenant)!.people : 0
        open.set(tenant, { key: joined ? job.joins! : job.key!, people: before + count })
      }
    },
  }
}

/** The first job takes what the open one has room for; the last is the next open one. */
function reactJobs(tenant: string, people: Person[], name: string, open: OpenJobs) {
  const waiting = open.get(tenant)
  const room = MOST_PEOPLE - (waiting?.people ?? MOST_PEOPLE)
  const jobs: { tenant: string; job: JobSpec; count: number }[] = []
  for (let from = 0; from < people.length; ) {
    const joins = from === 0 && room > 0 ? waiting!.key : undefined
    const piece = people.slice(from, from + (joins ? room : MOST_PEOPLE))
    from += piece.length
    const job: JobSpec = {
      task: 'react',
      queue: reactQueue(tenant),
      key: `react:${tenant}:${name}:${jobs.length}`,
      payload: [{ tenant, people: piece }],
    }
    jobs.push({ tenant, job: joins ? { ...job, joins } : job, count: piece.length })
  }
  return jobs
}

/** Only our triggers may write these messages, so one that does not fit is a defect: say so, and do not stop for it. */
function read(message: WalMessage) {
  try {
    return contentSchema.parse(JSON.parse(message.content))
  } catch (error) {
    log.error('a message of the log does not fit, and is skipped', {
      lsn: formatLsn(message.messageLsn),
      error: error as Error,
    })
    return undefined
  }
}
