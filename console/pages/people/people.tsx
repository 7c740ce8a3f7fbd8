import { useQuery } from '../../client/query.ts'
import { navigate, usePlace } from '../../client/router.ts'
import type { ProfileFilter, ProfileOrder } from '../../client/schema.ts'
import { PersonLink } from '../../people/person-link.tsx'
import { personPath } from '../../people/person.ts'
import { searchFilter } from '../../people/search.ts'
import { Choice } from '../../ui/choice.tsx'
import { plural } from '../../ui/format.ts'
import { Pager, usePageArguments } from '../../ui/pager.tsx'
import { Card, Empty, Link, Page, Ready, Time } from '../../ui/parts.tsx'
import { SearchField } from '../../ui/search-field.tsx'
import { People as PeopleQuery, PeopleCount, type PeopleResult, SegmentNames } from './people.graphql.ts'

const PAGE_SIZE = 25
const POLL_MS = 5000
const DAY_MS = 86_400_000

const SEEN = [
  { value: '', name: 'Seen at any time' },
  { value: '1', name: 'Seen in the last day' },
  { value: '7', name: 'Seen in the last 7 days' },
  { value: '30', name: 'Seen in the last 30 days' },
]
const ORDERS: Record<string, { name: string; by: ProfileOrder[] }> = {
  // Ids grow with time, and are indexed: the first page costs the same with ten people and with ten million.
  '': { name: 'Newest first', by: [{ field: 'id', direction: 'DESC' }] },
  old: { name: 'Oldest first', by: [{ field: 'id', direction: 'ASC' }] },
  seen: { name: 'Last seen first', by: [{ field: 'lastSeen', direction: 'DESC' }] },
}

export default function People() {
  const { search } = usePlace()
  const filter = useFilter()
  const page = usePageArguments(PAGE_SIZE)
  const orderBy = (ORDERS[search.get('order') ?? ''] ?? ORDERS['']!).by
  const people = useQuery(PeopleQuery, { filter, orderBy, ...page }, { every: POLL_MS })
  const count = useQuery(PeopleCount, { filter }).data?.profiles.totalCount
  const segments = useQuery(SegmentNames, {}).data?.segments.nodes ?? []

  return (
    <Page title="People" name="People" lead="Everybody Kith knows, each once, whatever they called themselves.">
      <div className="filters">
        <SearchField label="Find by e-mail, user id, phone or name" placeholder="E-mail, user id, phone or name" />
        <Choice
          label="Segment"
          parameter="segment"
          options={[{ value: '', name: 'In any segment' }, ...segments.map(({ key, name }) => ({ value: key, name }))]}
        />
        <Choice label="Last seen" parameter="seen" options={SEEN} />
        <Choice
          label="Order"
          parameter="order"
          options={Object.entries(ORDERS).map(([value, { name }]) => ({ value, name }))}
        />
      </div>
      <Card flush>
        <Ready query={people}>
          {({ profiles }) =>
            profiles.nodes.length === 0 ? (
              <Nobody filtered={filter !== undefined} />
            ) : (
              <>
                <PeopleTable people={profiles.nodes} />
                <Pager
                  info={profiles.pageInfo}
                  count={count === undefined ? undefined : plural(count, 'person', 'people')}
                />
              </>
            )
          }
        </Ready>
      </Card>
    </Page>
  )
}

function useFilter(): ProfileFilter | undefined {
  const { search } = usePlace()
  const parts: ProfileFilter[] = []
  const found = searchFilter(search.get('q') ?? '')
  if (found) parts.push(found)
  const segment = search.get('segment')
  if (segment) parts.push({ inSegment: segment })
  const days = Number(search.get('seen') ?? 0)
  // To the hour, so that the same question stays the same query.
  if (days > 0) {
    const since = new Date(Math.floor((Date.now() - days * DAY_MS) / 3_600_000) * 3_600_000)
    parts.push({ lastSeen: { gte: since.toISOString() } })
  }
  return parts.length === 0 ? undefined : parts.length === 1 ? parts[0] : { and: parts }
}

function PeopleTable({ people }: { people: PeopleResult['profiles']['nodes'] }) {
  return (
    <div className="table-wrap">
      <table>
        <thead>
          <tr>
            <th>Person</th>
            <th className="wide-only">Identifiers</th>
            <th className="wide-only">Segments</th>
            <th className="right">Last seen</th>
          </tr>
        </thead>
        <tbody>
          {people.map((profile) => (
            <tr key={profile.id} className="linked" onClick={() => navigate(personPath(profile))}>
              <td>
                <PersonLink profile={profile} />
              </td>
              <td className="wide-only">
                <span className="soft">{identifiersOf(profile)}</span>
              </td>
              <td className="wide-only">
                <span className="pills">
                  {profile.segments.nodes.slice(0, 3).map(({ id, segment }) => (
                    <span key={id} className="pill">
                      {segment?.name}
                    </span>
                  ))}
                  {profile.segments.nodes.length > 3 && <span className="pill">…</span>}
                </span>
              </td>
              <td className="right soft">
                <Time at={profile.lastSeen} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function identifiersOf({ identifiers }: PeopleResult['profiles']['nodes'][number]): string {
  const counts = new Map<string, number>()
  for (const { type } of identifiers.nodes) counts.set(type, (counts.get(type) ?? 0) + 1)
  return [...counts]
    .map(([type, count]) => (count === 1 ? type.replaceAll('_', ' ') : `${count} × ${type.replaceAll('_', ' ')}`))
    .join(', ')
}

function Nobody({ filtered }: { filtered: boolean }) {
  if (filtered) {
    return (
      <Empty title="Nobody fits">
        <p>
          Identifiers are compared from their beginning, names anywhere in them.{' '}
          <Link to="/people">Show everybody</Link>
        </p>
      </Empty>
    )
  }
  return (
    <Empty title="Nobody yet">
      <p>
        A person appears with the first event or record that names one. Send an event to <code>/v1/track</code> with a
        key that has the scope write, or insert a row with <Link to="/sql">SQL</Link>.
      </p>
    </Empty>
  )
}
