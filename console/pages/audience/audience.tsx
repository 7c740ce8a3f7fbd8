/** People by the segments that they are in: joined, shared, left out; and how those segments overlap. */
import { useQuery } from '../../client/query.ts'
import { here, navigate, usePlace } from '../../client/router.ts'
import { PersonLink } from '../../people/person-link.tsx'
import { number, percent, plural } from '../../ui/format.ts'
import { Icon } from '../../ui/icons.tsx'
import { Card, Empty, Figure, Link, Page, Ready, Time } from '../../ui/parts.tsx'
import {
  Audience as AudienceQuery,
  type AudienceResult,
  AudienceSample,
  AudienceSegments,
  type AudienceSegmentsResult,
} from './audience.graphql.ts'
import './audience.css'
import { type Chosen, type Group, GROUPS, readChosen, segmentsOf, toWhere } from './where.ts'

const POLL_MS = 5000
const MOST_OF_REGIONS = 6
const SAMPLE = 10

type Segment = AudienceSegmentsResult['segments']['nodes'][number]
type Found = AudienceResult['audience']

export default function Audience() {
  const segments = useQuery(AudienceSegments, {})
  return (
    <Page
      title="Audience"
      name="Audience"
      crumbs={<Link to="/segments">Segments</Link>}
      lead="Join segments, share them, leave some out: how many people that is, exactly, and who."
    >
      <Ready query={segments}>{(data) => <Chooser segments={data.segments.nodes} />}</Ready>
    </Page>
  )
}

function Chooser({ segments }: { segments: Segment[] }) {
  const { search } = usePlace()
  const chosen = readChosen(search)
  const used = segmentsOf(chosen)
  const where = toWhere(chosen)
  const withRegions = used.length > 0 && used.length <= MOST_OF_REGIONS
  const audience = useQuery(AudienceQuery, { where, withRegions }, { every: POLL_MS })
  return (
    <>
      <Card>
        <div className="audience-groups">
          {GROUPS.map(({ key, name, hint }) => (
            <Choose key={key} group={key} name={name} hint={hint} chosen={chosen} segments={segments} />
          ))}
        </div>
      </Card>
      <Ready query={audience}>
        {({ audience: found }) => (
          <>
            <Sizes found={found} />
            <div className="grid-2">
              <Sample key={JSON.stringify(where)} where={where} />
              <div className="stack">
                {found.regions && <Regions found={found} segments={used.length} />}
                {used.length > 0 && <Overlap found={found} />}
              </div>
            </div>
          </>
        )}
      </Ready>
    </>
  )
}

type ChooseProps = { group: Group; name: string; hint: string; chosen: Chosen; segments: Segment[] }

function Choose({ group, name, hint, chosen, segments }: ChooseProps) {
  const keys = chosen[group]
  const used = segmentsOf(chosen)
  const set = (keys: string[]) => navigate(here({ [group]: keys.join(',') || null }), { replace: true })
  const nameOf = (key: string) => segments.find((segment) => segment.key === key)?.name ?? key
  return (
    <fieldset>
      <legend className="legend">{name}</legend>
      <div className="pills">
        {keys.map((key) => (
          <span key={key} className="pill info">
            {nameOf(key)}
            <button
              type="button"
              className="remove"
              aria-label={`Take ${nameOf(key)} out`}
              onClick={() => set(keys.filter((one) => one !== key))}
            >
              <Icon name="close" size={12} />
            </button>
          </span>
        ))}
        {keys.length === 0 && <span className="muted fine">{hint}</span>}
      </div>
      <select
        className="input small"
        aria-label={`${name}: add a segment`}
        value=""
        onChange={(event) => set([...keys, event.target.value])}
      >
        <option value="" disabled>
          Add a segment
        </option>
        {segments
          .filter(({ key }) => !used.includes(key))
          .map(({ id, key, name, size }) => (
            <option key={id} value={key}>
              {name} ({number(size)})
            </option>
          ))}
      </select>
    </fieldset>
  )
}

function Sizes({ found: { count, people } }: { found: Found }) {
  const share = people === 0 ? 0 : (count / people) * 100
  return (
    <dl className="figures">
      <Figure name="In this audience">{number(count)}</Figure>
      <Figure name="Of everybody">{percent(share)}</Figure>
      <Figure name="People known">{number(people)}</Figure>
    </dl>
  )
}

function Sample({ where }: { where: ReturnType<typeof toWhere> }) {
  const sample = useQuery(AudienceSample, { where, draw: SAMPLE })
  return (
    <Card
      title="Some of them"
      flush
      actions={
        <button type="button" className="button small" onClick={() => void sample.reload()}>
          Draw others
        </button>
      }
    >
      <Ready query={sample}>
        {({ audience: { sample: people } }) =>
          people.length === 0 ? (
            <Empty title="Nobody is in all of that">
              <p>Take a segment out, or look at how they overlap.</p>
            </Empty>
          ) : (
            <ul className="lines" aria-label="Some people of this audience">
              {people.map((profile) => (
                <li key={profile.id}>
                  <PersonLink profile={profile} />
                  <span className="when">
                    seen <Time at={profile.lastSeen} />
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Ready>
    </Card>
  )
}

/** The fields of the Venn diagram as bars: it can be drawn for three circles, and read for these. */
function Regions({ found, segments }: { found: Found; segments: number }) {
  const regions = found.regions ?? []
  const most = Math.max(1, ...regions.map(({ count }) => count))
  return (
    <Card title="In which of them together">
      <ul className="sizes">
        {regions.map(({ count, segments: inside }) => (
          <li key={inside.map(({ key }) => key).join()}>
            <span>
              {inside.length === 0
                ? 'In none of them'
                : `${inside.length === segments && segments > 1 ? 'In all: ' : ''}${inside.map(({ name }) => name).join(' + ')}`}
            </span>
            <span className="number">{number(count)}</span>
            <span className="meter" style={{ inlineSize: `${(count / most) * 100}%` }} />
          </li>
        ))}
      </ul>
    </Card>
  )
}

function Overlap({ found }: { found: Found }) {
  return (
    <Card title="Overlap" flush>
      <div className="table-wrap">
        <table>
          <thead>
            <tr>
              <th>Segment</th>
              <th className="right">People</th>
              <th className="right">In the audience</th>
              <th className="right" title="Those in both, over those in either">
                Similarity
              </th>
            </tr>
          </thead>
          <tbody>
            {found.overlap.map(({ segment, size, both, similarity }) => (
              <tr key={segment.id}>
                <td>
                  <Link to={`/segments/${segment.key}`}>{segment.name}</Link>
                </td>
                <td className="right">{number(size)}</td>
                <td className="right" title={plural(both, 'person', 'people')}>
                  {number(both)}
                </td>
                <td className="right">{similarity.toFixed(2)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  )
}
