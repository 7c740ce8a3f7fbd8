/** What an operator does to jobs. One that runs, or is gone by now, is left alone, and that is said. */
import { useState } from 'react'
import type { Document } from '../../client/document.ts'
import { request } from '../../client/request.ts'
import type { JobFilter } from '../../client/schema.ts'
import { Confirm, Dialog } from '../../ui/dialog.tsx'
import { plural } from '../../ui/format.ts'
import { Icon } from '../../ui/icons.tsx'
import { Field } from '../../ui/parts.tsx'
import { attempt, toast } from '../../ui/toast.tsx'
import { DiscardJobs, RescheduleJobs, RetryJobs, RunJobsNow } from './jobs.graphql.ts'

const HOUR_MS = 3_600_000

/** Some by their ids, or all that a filter lists. */
type Chosen = { ids: string[] } | { filter: JobFilter }
type Answer = { [name: string]: { ids: string[]; endCursor: string | null } }

type Props = { of: Chosen; onDone(): void }

export function Actions({ of, onDone }: Props) {
  const [asking, setAsking] = useState<'discard' | 'reschedule'>()
  const [working, setWorking] = useState(false)

  async function act<Result extends Answer, More extends object>(
    document: Document<Result, Chosen & More & { after?: string | null }>,
    more: More,
    done: string,
  ) {
    setWorking(true)
    await attempt(async () => {
      let count = 0
      // Of a filter's some thousands are taken at a time.
      for (let after: string | null | undefined; after !== null; ) {
        const answer = Object.values(await request(document, { ...of, ...more, after }))[0]!
        count += answer.ids.length
        after = answer.endCursor
      }
      const left = 'ids' in of ? of.ids.length - count : 0
      toast(`${plural(count, 'job')} ${done}${left === 0 ? '.' : `; ${left} ran or was gone.`}`)
      onDone()
    })
    setWorking(false)
  }

  const what = 'ids' in of ? plural(of.ids.length, 'job') : 'all jobs that are listed'
  return (
    <fieldset className="contents" disabled={working}>
      <button type="button" className="button small" onClick={() => void act(RetryJobs, {}, 'will be tried again')}>
        <Icon name="retry" size={14} /> Retry
      </button>
      <button type="button" className="button small" onClick={() => void act(RunJobsNow, {}, 'will run now')}>
        Run now
      </button>
      <button type="button" className="button small" onClick={() => setAsking('reschedule')}>
        Put off
      </button>
      <button type="button" className="button small danger" onClick={() => setAsking('discard')}>
        <Icon name="trash" size={14} /> Discard
      </button>
      <Reschedule
        what={what}
        open={asking === 'reschedule'}
        onClose={() => setAsking(undefined)}
        onChoose={(runAt) =>
          void act(RescheduleJobs, { runAt: runAt.toISOString() }, `put off to ${runAt.toLocaleString()}`)
        }
      />
      <Confirm
        title={`Discard ${what}?`}
        open={asking === 'discard'}
        onClose={() => setAsking(undefined)}
        action="Discard"
        onConfirm={() => void act(DiscardJobs, {}, 'discarded')}
      >
        <p>What they were about stays as it is until something changes it again. This cannot be taken back.</p>
      </Confirm>
    </fieldset>
  )
}

type RescheduleProps = { what: string; open: boolean; onClose(): void; onChoose(runAt: Date): void }

function Reschedule({ what, open, onClose, onChoose }: RescheduleProps) {
  return (
    <Dialog title={`Put off ${what}`} open={open} onClose={onClose}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          onClose()
          onChoose(new Date(String(new FormData(event.currentTarget).get('runAt'))))
        }}
      >
        <Field name="Not before" hint="By the clock of this browser">
          <input className="input" type="datetime-local" name="runAt" required defaultValue={localMinute(HOUR_MS)} />
        </Field>
        <button type="submit" className="button primary">
          Put off
        </button>
      </form>
    </Dialog>
  )
}

/** In so many milliseconds, as an input of that type wants it: '2026-11-25T13:05'. */
function localMinute(ms: number): string {
  const now = new Date()
  return new Date(now.getTime() + ms - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
