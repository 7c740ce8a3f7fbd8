import { type Health, useHealth } from '../../client/health.ts'
import { useLive } from '../../client/live.ts'
import { useQuery } from '../../client/query.ts'
import { useMayChange } from '../../client/viewer.ts'
import { CAUSES } from '../../definitions/causes.ts'
import { bare } from '../../people/person.ts'
import { PersonLink } from '../../people/person-link.tsx'
import { Bars } from '../../ui/bars.tsx'
import { useNow } from '../../ui/clock.ts'
import { compact, milliseconds, number, words } from '../../ui/format.ts'
import { Icon } from '../../ui/icons.tsx'
import { Liveness } from '../../ui/liveness.tsx'
import { Avatar, Card, Empty, Figure, Link, Note, Page, Ready, Time, Waiting } from '../../ui/parts.tsx'
import { SegmentNames } from '../people/people.graphql.ts'
import { type PulseResult, Reaction } from './home.graphql.ts'
import { type Move, useMoves } from './moves.ts'
import { SPAN_MS, SPANS, usePulse } from './pulse.ts'

const TICK_MS = 2000
const MINUTE_MS = 60_000

export default function Home() {
  const health = useHealth()
  const { moves, state, missed } = useMoves()
  const { live, events } = usePulse()
  return (
    <Page title="Home" name="Home" lead="What is happening right now.">
      <Ready query={live}>{({ pulse }) => <Figures pulse={pulse} />}</Ready>
      <div className="grid-2">
        <Card title="Who comes and who goes" actions={<Liveness state={state} />} flush>
          {missed > 0 && <Note tone="warn">{number(missed)} changes were not told in time and are left out here.</Note>}
          <Moves moves={moves} />
        </Card>
        <div className="stack">
          <Rate events={events} />
          <Card title="Health">
            <Parts health={health} />
          </Card>
          {live.data && <Sizes segments={live.data.pulse.totals.sizes} />}
        </div>
      </div>
    </Page>
  )
}

function Figures({ pulse: { events, entries, totals } }: PulseResult) {
  const mayLook = useMayChange('operate')
  return (
    <dl className="figures">
      <Figure name="People known">{compact(totals.people)}</Figure>
      <Figure name="Events, last minute">{compact(events)}</Figure>
      <Figure name="Entries, last minute">{compact(entries)}</Figure>
      <Figure name="Live segments">{compact(totals.segments)}</Figure>
      {mayLook && <ReactionTime />}
      <Figure name="Dead letters">
        {compact(totals.deadLetters)} {totals.deadLetters > 0 && <Link to="/data?tab=dead-letters">look</Link>}
      </Figure>
    </dl>
  )
}

/** From the commit of a batch to the answer about its people, as the workers measured it in the last minutes. */
function ReactionTime() {
  const now = useNow(MINUTE_MS)
  const latest = useLive(Reaction, {}).data?.jobBoard.jobStatistics[0]
  if (!latest || Date.parse(latest.at) < now - 5 * MINUTE_MS) return null
  return (
    <Figure name="Reaction, mean" title="From the job being there to its people being evaluated, in the last minute">
      {milliseconds(latest.waitedMs + latest.ranMs)}
    </Figure>
  )
}

function Moves({ moves }: { moves: Move[] | undefined }) {
  const segments = useQuery(SegmentNames, {}).data?.segments.nodes ?? []
  const names = new Map(segments.map(({ key, name }) => [key, name]))
  if (!moves) return <Waiting />
  if (moves.length === 0) {
    return (
      <Empty title="Nobody has moved yet">
        <p>
          As soon as somebody enters or leaves a segment, it is told here. <Link to="/segments">Define a segment</Link>,
          then send an event.
        </p>
      </Empty>
    )
  }
  return (
    <ul className="lines moves" aria-live="off">
      {moves.map((move) => (
        <li key={move.id} className={move.fresh ? 'fresh' : undefined}>
          <span className={`mark-in ${move.entered ? 'good' : 'warn'}`} title={move.entered ? 'Entered' : 'Left'}>
            <Icon name={move.entered ? 'enter' : 'leave'} size={14} />
          </span>
          <Who {...move} />
          <span className="soft truncate" title={CAUSES[move.cause]}>
            {move.entered ? 'entered' : 'left'}{' '}
            <Link to={`/segments/${move.key}`}>{names.get(move.key) ?? move.key}</Link>
          </span>
          <span className="when">
            <Time at={move.at} />
          </span>
        </li>
      ))}
    </ul>
  )
}

function Who({ profile, account }: Move) {
  if (profile) return <PersonLink profile={profile} />
  if (!account) return null
  return (
    <Link to={`/accounts/${bare(account.id)}`} className="person">
      <Avatar name={account.name} square />
      <b className="truncate">{account.name}</b>
    </Link>
  )
}

function Rate({ events }: { events(at: number): number }) {
  const until = Math.floor(useNow(TICK_MS) / SPAN_MS) * SPAN_MS
  const from = until - (SPANS - 1) * SPAN_MS
  const bars = Array.from({ length: SPANS }, (_, index) => {
    const at = from + index * SPAN_MS
    return { at, value: events(at) }
  })
  const total = bars.reduce((sum, { value }) => sum + value, 0)
  // Of the last whole minute; the newest span is still growing.
  const lately = bars.slice(-1 - MINUTE_MS / SPAN_MS, -1).reduce((sum, { value }) => sum + value, 0)
  const perSecond = lately / (MINUTE_MS / 1000)
  return (
    <Card
      title="Events, last 15 minutes"
      actions={<span className="number soft">{perSecond.toFixed(1)} per second</span>}
    >
      <Bars
        bars={bars}
        label={`${number(total)} events in the last ${(SPANS * SPAN_MS) / MINUTE_MS} minutes`}
        caption={
          <>
            <span>{clock(from)}</span>
            <span>{clock(until + SPAN_MS)}</span>
          </>
        }
      />
    </Card>
  )
}

function clock(at: number): string {
  return new Date(at).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
}

const PARTS = [
  { what: 'api', name: 'API', text: 'accepts and answers' },
  { what: 'postgres', name: 'Postgres', text: 'remembers' },
  { what: 'relay', name: 'Relay', text: 'reads the log' },
  { what: 'worker', name: 'Worker', text: 'thinks' },
]

function Parts({ health }: { health: Health | undefined }) {
  const others = health?.missing.filter(({ what }) => !PARTS.some((part) => part.what === what)) ?? []
  return (
    <ul className="stack tight">
      {PARTS.map(({ what, name, text }) => {
        const problem = problemOf(health, what)
        const tone = !health ? '' : problem ? 'bad' : 'good'
        return (
          <li key={what} className="row">
            <span className={`dot ${tone}`} />
            <b>{name}</b>
            <span className="muted truncate" title={problem}>
              {problem ?? text}
            </span>
          </li>
        )
      })}
      {others.map(({ what, message }) => (
        <li key={what} className="row">
          <span className="dot bad" />
          <b>{words(what)}</b>
          <span className="muted truncate" title={message}>
            {message}
          </span>
        </li>
      ))}
    </ul>
  )
}

function problemOf(health: Health | undefined, what: string): string | undefined {
  if (!health) return undefined
  if (!health.reachable) return what === 'api' ? 'does not answer' : 'not known while the API is away'
  return health.missing.find((one) => one.what === what)?.message
}

function Sizes({ segments }: { segments: PulseResult['pulse']['totals']['sizes'] }) {
  if (segments.length === 0) return null
  const most = Math.max(1, ...segments.map(({ size }) => size))
  return (
    <Card title="Segments now">
      <ul className="sizes">
        {[...segments]
          .sort((a, b) => b.size - a.size)
          .map(({ key, name, size }) => (
            <li key={key}>
              <Link to={`/segments/${key}`} className="quiet-link truncate">
                {name}
              </Link>
              <span className="number">{compact(size)}</span>
              <span className="meter" style={{ inlineSize: `${(size / most) * 100}%` }} />
            </li>
          ))}
      </ul>
    </Card>
  )
}
