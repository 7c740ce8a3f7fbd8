import { useState } from 'react'
import { useQuery } from '../../client/query.ts'
import { usePlace } from '../../client/router.ts'
import type { EventFilter } from '../../client/schema.ts'
import { PersonLink } from '../../people/person-link.tsx'
import { isObject } from '../../rules/model.ts'
import { inline } from '../../ui/format.ts'
import { Pager, usePageArguments } from '../../ui/pager.tsx'
import { Card, Code, Empty, Ready, Time } from '../../ui/parts.tsx'
import { SearchField } from '../../ui/search-field.tsx'
import { LatestEvents, type LatestEventsResult } from './data.graphql.ts'

const POLL_MS = 2000
const PAGE_SIZE = 30

type Event = LatestEventsResult['events']['nodes'][number]

/** What came in, latest first. */
export function EventList() {
  const { search } = usePlace()
  const name = search.get('q') ?? ''
  const filter: EventFilter | undefined = name ? { name: { startsWith: name, ignoreCase: true } } : undefined
  const events = useQuery(LatestEvents, { filter, ...usePageArguments(PAGE_SIZE) }, { every: POLL_MS })
  return (
    <div className="stack">
      <div className="filters">
        <SearchField label="Name of the event" placeholder="Name, from its beginning" />
      </div>
      <Card flush>
        <Ready query={events}>
          {(data) =>
            data.events.nodes.length === 0 ? (
              <Empty title={name ? 'No event of this name' : 'No event yet'}>
                <p>Events are stored as they come, and are here within a moment.</p>
              </Empty>
            ) : (
              <>
                <ul className="lines">
                  {data.events.nodes.map((event) => (
                    <Line key={event.id} event={event} />
                  ))}
                </ul>
                <Pager info={data.events.pageInfo} />
              </>
            )
          }
        </Ready>
      </Card>
    </div>
  )
}

function Line({ event }: { event: Event }) {
  const [open, setOpen] = useState(false)
  const properties = isObject(event.properties) ? Object.entries(event.properties) : []
  const brief = properties
    .filter(([, value]) => typeof value !== 'object')
    .slice(0, 4)
    .map(([key, value]) => `${key}: ${inline(value)}`)
    .join(', ')
  return (
    <li className="event">
      <button type="button" className="disclose" aria-expanded={open} onClick={() => setOpen(!open)}>
        <b>{event.name}</b> <span className="soft truncate">{brief}</span>
      </button>
      <span className="who wide-only">{event.profile && <PersonLink profile={event.profile} />}</span>
      <span className="when">
        <Time at={event.occurredAt} />
      </span>
      {open && (
        <div className="detail">
          {event.source && <p className="soft">From {event.source.name}</p>}
          {event.profile && <PersonLink profile={event.profile} detail />}
          <Code text={JSON.stringify(event.properties, null, 2)} wrap />
        </div>
      )}
    </li>
  )
}
