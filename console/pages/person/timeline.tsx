import { type ReactNode, useState } from 'react'
import { useQuery } from '../../client/query.ts'
import { CAUSES } from '../../definitions/causes.ts'
import { Reasons, WhyButton } from '../../definitions/reasons.tsx'
import { brief } from '../../people/own-records.tsx'
import { isObject } from '../../rules/model.ts'
import { inline, money, words } from '../../ui/format.ts'
import { Icon, type IconName } from '../../ui/icons.tsx'
import { Card, Empty, Link, Ready } from '../../ui/parts.tsx'
import { byDay, type Event, type Moment, moments, type Transition } from './moments.ts'
import { Timeline as TimelineQuery, type TimelineResult } from './person.graphql.ts'

const POLL_MS = 2000
const FIRST_PAGE = 40
const MOST = 500

export function Timeline({ id }: { id: string }) {
  const [size, setSize] = useState(FIRST_PAGE)
  const timeline = useQuery(TimelineQuery, { id, first: size }, { every: POLL_MS })
  return (
    <Card flush>
      <Ready query={timeline}>
        {({ profile, objects }) => {
          const { shown, more } = profile ? moments(profile) : { shown: [], more: false }
          if (shown.length === 0) {
            return (
              <Empty title="Nothing has happened yet">
                <p>
                  Events, orders, activities, records of your own, and every segment entered or left will be here, to
                  the moment.
                </p>
              </Empty>
            )
          }
          return (
            <>
              {byDay(shown).map(({ day, moments: inDay }) => (
                <section key={day} className="day">
                  <h2>{day}</h2>
                  <ol>
                    {inDay.map((moment) => (
                      <Line key={moment.id} moment={moment} objects={objects.nodes} />
                    ))}
                  </ol>
                </section>
              ))}
              {more && size < MOST && (
                <div className="table-foot">
                  <button type="button" className="button small" onClick={() => setSize(Math.min(size * 3, MOST))}>
                    Show earlier
                  </button>
                </div>
              )}
            </>
          )
        }}
      </Ready>
    </Card>
  )
}

function Line({ moment, objects }: { moment: Moment; objects: TimelineResult['objects']['nodes'] }) {
  switch (moment.what) {
    case 'event':
      return <EventLine event={moment.event} />
    case 'transition':
      return <TransitionLine transition={moment.transition} />
    case 'order': {
      const { number, status, amount, currency, placedAt } = moment.order
      return (
        <Row at={placedAt} icon="bag" tone="info">
          <b>Order {number}</b> <span className="soft">{`${money(amount, currency)}, ${status}`}</span>
        </Row>
      )
    }
    case 'record': {
      const { record } = moment
      return (
        <Row at={record.occurredAt} icon="data" tone="info">
          <b>{objects.find(({ key }) => key === record.object)?.name ?? record.object}</b>{' '}
          <span className="soft truncate">{brief(record)}</span>
        </Row>
      )
    }
    case 'activity': {
      const { kind, subject, occurredAt } = moment.activity
      return (
        <Row at={occurredAt} icon="people" tone="info">
          <b>{words(kind)}</b> <span className="soft">{subject}</span>
        </Row>
      )
    }
  }
}

function Row({
  at,
  icon,
  tone,
  children,
  below,
}: {
  at: string
  icon: IconName
  tone: string
  children: ReactNode
  below?: ReactNode
}) {
  return (
    <li className="moment">
      <span className={`mark ${tone}`}>
        <Icon name={icon} size={14} />
      </span>
      <div className="what">{children}</div>
      <time dateTime={at} title={new Date(at).toLocaleString()}>
        {new Date(at).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })}
      </time>
      {below}
    </li>
  )
}

function EventLine({ event }: { event: Event }) {
  const [open, setOpen] = useState(false)
  const properties = isObject(event.properties) ? Object.entries(event.properties) : []
  const brief = properties
    .filter(([, value]) => typeof value !== 'object')
    .slice(0, 3)
    .map(([key, value]) => `${key}: ${inline(value)}`)
    .join(', ')
  return (
    <Row
      at={event.occurredAt}
      icon={event.type === 'identify' ? 'people' : 'dot'}
      tone=""
      below={open && <EventDetail event={event} />}
    >
      <button type="button" className="disclose" aria-expanded={open} onClick={() => setOpen(!open)}>
        <b>{event.type === 'track' ? event.name : words(event.name)}</b> <span className="soft truncate">{brief}</span>
      </button>
    </Row>
  )
}

function EventDetail({ event }: { event: Event }) {
  const { source, messageId, receivedAt, userId, anonymousId, identifiers, properties, traits } = event
  return (
    <div className="detail">
      <dl className="facts">
        {source && <Fact name="Source">{source.name}</Fact>}
        {userId && <Fact name="User id">{userId}</Fact>}
        {anonymousId && <Fact name="Anonymous id">{anonymousId}</Fact>}
        {isObject(identifiers) &&
          Object.entries(identifiers).map(([type, value]) => (
            <Fact key={type} name={words(type)}>
              {inline(value)}
            </Fact>
          ))}
        <Fact name="Received">{new Date(receivedAt).toLocaleString()}</Fact>
        {messageId && <Fact name="Message id">{messageId}</Fact>}
      </dl>
      <pre className="code wrap">{JSON.stringify({ properties, ...(traits ? { traits } : {}) }, null, 2)}</pre>
    </div>
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

function TransitionLine({ transition }: { transition: Transition }) {
  const { id, at, kind, segment, label, fromValue, toValue, cause } = transition
  const [open, setOpen] = useState(false)
  const why = (
    <>
      <span className="muted">{CAUSES[cause] ?? cause}</span> <WhyButton open={open} onToggle={setOpen} />
    </>
  )
  const below = open && (
    <div className="detail">
      <Reasons transitionId={id} />
    </div>
  )
  if (kind === 'LABEL_CHANGED') {
    return (
      <Row at={at} icon="label" tone="accent" below={below}>
        <Link to={`/labels/${label?.key}`}>{label?.name}</Link> became <b>{inline(toValue)}</b>
        {fromValue !== null && <span className="soft"> (was {inline(fromValue)})</span>} {why}
      </Row>
    )
  }
  const entered = kind === 'SEGMENT_ENTERED'
  return (
    <Row at={at} icon={entered ? 'enter' : 'leave'} tone={entered ? 'good' : 'warn'} below={below}>
      {entered ? 'Entered' : 'Left'} <Link to={`/segments/${segment?.key}`}>{segment?.name}</Link> {why}
    </Row>
  )
}
