import { useState } from 'react'
import { refresh, useQuery } from '../../client/query.ts'
import { request } from '../../client/request.ts'
import { usePlace } from '../../client/router.ts'
import type { DeadLetterFilter, DeadLettersInput } from '../../client/schema.ts'
import { useMayChange } from '../../client/viewer.ts'
import { Choice } from '../../ui/choice.tsx'
import { Confirm, Dialog } from '../../ui/dialog.tsx'
import { number, plural } from '../../ui/format.ts'
import { Icon } from '../../ui/icons.tsx'
import { Pager, usePageArguments } from '../../ui/pager.tsx'
import { Card, Code, Empty, Link, Note, Ready, Time } from '../../ui/parts.tsx'
import { attempt, toast } from '../../ui/toast.tsx'
import {
  type DataOverviewResult,
  DeadLetters as DeadLettersQuery,
  type DeadLettersResult,
  DiscardDeadLetters,
  MendDeadLetter,
  ReplayDeadLetters,
} from './data.graphql.ts'

const POLL_MS = 3000
const PAGE_SIZE = 20

type Letter = DeadLettersResult['deadLetters']['nodes'][number]
type Group = DataOverviewResult['deadLetterGroups'][number]

/** What was refused, with its reason: it can be mended, sent again, or given up. */
export function DeadLetterList({ groups }: { groups: Group[] }) {
  const { search } = usePlace()
  const mayChange = useMayChange('repair')
  const code = search.get('code') ?? ''
  const state = search.get('state') ?? 'waiting'
  const filter: DeadLetterFilter = {
    ...(code && { code: { eq: code } }),
    ...(state === 'waiting' && { replayedAt: { isNull: true }, discardedAt: { isNull: true } }),
    ...(state === 'replayed' && { replayedAt: { isNull: false } }),
    ...(state === 'discarded' && { discardedAt: { isNull: false } }),
  }
  const letters = useQuery(DeadLettersQuery, { filter, ...usePageArguments(PAGE_SIZE) }, { every: POLL_MS })
  return (
    <div className="stack">
      {groups.length > 0 && <Groups groups={groups} mayChange={mayChange} />}
      <div className="filters">
        <Choice
          label="State"
          parameter="state"
          options={[
            { value: 'waiting', name: 'Waiting' },
            { value: 'replayed', name: 'Sent again' },
            { value: 'discarded', name: 'Given up' },
          ]}
        />
        <Choice
          label="Reason"
          parameter="code"
          options={[
            { value: '', name: 'For any reason' },
            ...groups.map((group) => ({ value: group.code, name: group.code })),
          ]}
        />
      </div>
      <Card flush>
        <Ready query={letters}>
          {({ deadLetters }) =>
            deadLetters.nodes.length === 0 ? (
              <Empty title={state === 'waiting' ? 'Nothing was refused' : 'None'}>
                <p>
                  An event that does not fit is never dropped: it is kept here whole, with the reason, until somebody
                  mends it and sends it again.
                </p>
              </Empty>
            ) : (
              <>
                <ul className="lines">
                  {deadLetters.nodes.map((letter) => (
                    <Line key={letter.id} letter={letter} mayChange={mayChange && state === 'waiting'} />
                  ))}
                </ul>
                <Pager info={deadLetters.pageInfo} count={plural(deadLetters.totalCount, 'letter')} />
              </>
            )
          }
        </Ready>
      </Card>
    </div>
  )
}

function Groups({ groups, mayChange }: { groups: Group[]; mayChange: boolean }) {
  return (
    <Card title="Waiting, by reason" flush>
      <ul className="lines">
        {groups.map((group) => (
          <li key={group.code} className="letter">
            <div className="what">
              <Link to={`/data?tab=dead-letters&code=${group.code}`}>
                <b>{group.code}</b>
              </Link>{' '}
              <span className="pill">{number(group.count)}</span>
              <p className="soft truncate">{group.reason}</p>
            </div>
            {mayChange && <Actions which={{ code: group.code }} count={group.count} />}
            <span className="when">
              <Time at={group.lastAt} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  )
}

function Line({ letter, mayChange }: { letter: Letter; mayChange: boolean }) {
  const [open, setOpen] = useState(false)
  const [mending, setMending] = useState(false)
  return (
    <li className="event">
      <button type="button" className="disclose" aria-expanded={open} onClick={() => setOpen(!open)}>
        <b>{letter.code}</b>
        {letter.mended && <span className="pill info">mended</span>}
        <span className="soft truncate">{letter.reason}</span>
      </button>
      <span className="when">
        <Time at={letter.receivedAt} />
      </span>
      {open && (
        <div className="detail">
          <p>{letter.reason}</p>
          <p className="muted fine">
            By the door {letter.door}
            {letter.source && `, from ${letter.source.name}`}; refused {plural(letter.attempts, 'time')}.
          </p>
          <Code text={pretty(letter.mended ?? letter.payload)} wrap />
          {mayChange && (
            <div className="row wrap">
              <button type="button" className="button small" onClick={() => setMending(true)}>
                Mend
              </button>
              <Actions which={{ ids: [letter.id] }} count={1} />
            </div>
          )}
        </div>
      )}
      {mending && <Mend letter={letter} onClose={() => setMending(false)} />}
    </li>
  )
}

/** The payload as text to edit; whether it would be taken now is said at once, before it is sent again. */
function Mend({ letter, onClose }: { letter: Letter; onClose(): void }) {
  const [text, setText] = useState(() => pretty(letter.mended ?? letter.payload))
  const [verdict, setVerdict] = useState<{ code: string | null; reason: string | null }>()

  function save(andSend: boolean) {
    void attempt(async () => {
      const { mendDeadLetter } = await request(MendDeadLetter, { id: letter.id, payload: text })
      setVerdict(mendDeadLetter)
      if (mendDeadLetter.code === null && andSend) {
        await replay({ ids: [letter.id] })
        onClose()
      }
      await refresh()
    })
  }

  return (
    <Dialog
      title="Mend the payload"
      open
      onClose={onClose}
      foot={
        <>
          <button type="button" className="button" onClick={() => save(false)}>
            Save and check
          </button>
          <button type="button" className="button primary" onClick={() => save(true)}>
            Save and send again
          </button>
        </>
      }
    >
      <Note tone="bad" icon="warn">
        {letter.reason} <code>{letter.code}</code>
      </Note>
      <textarea
        className="code"
        aria-label="Payload"
        rows={14}
        spellCheck={false}
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          setVerdict(undefined)
        }}
      />
      {verdict && (
        <Note tone={verdict.code ? 'warn' : 'good'}>
          {verdict.code ? `It would still be refused: ${verdict.reason}` : 'It would be stored now.'}
        </Note>
      )}
    </Dialog>
  )
}

async function replay(which: DeadLettersInput): Promise<void> {
  const { replayDeadLetters } = await request(ReplayDeadLetters, { which })
  const { replayed, refused } = replayDeadLetters
  toast(
    refused === 0
      ? `${plural(replayed, 'letter')} sent again and taken.`
      : `${plural(replayed, 'letter')} taken, ${number(refused)} refused again.`,
    { bad: replayed === 0 },
  )
}

function Actions({ which, count }: { which: DeadLettersInput; count: number }) {
  const [asking, setAsking] = useState(false)
  return (
    <span className="row">
      <button
        type="button"
        className="button small"
        onClick={() =>
          void attempt(async () => {
            await replay(which)
            await refresh()
          })
        }
      >
        <Icon name="retry" size={14} /> Send again
      </button>
      <button type="button" className="button small danger" onClick={() => setAsking(true)}>
        <Icon name="trash" size={14} /> Give up
      </button>
      <Confirm
        title={`Give up ${plural(count, 'letter')}?`}
        open={asking}
        onClose={() => setAsking(false)}
        action="Give up"
        onConfirm={() =>
          void attempt(async () => {
            const { discardDeadLetters } = await request(DiscardDeadLetters, { which })
            toast(`${plural(discardDeadLetters.discarded, 'letter')} given up.`)
            await refresh()
          })
        }
      >
        <p>They stay readable under “Given up”, but are not sent again.</p>
      </Confirm>
    </span>
  )
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text // it may be dead because it is no JSON
  }
}
