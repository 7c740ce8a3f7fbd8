/** People, or accounts, by the segments that they are in: joined, shared, left out; and how those segments overlap. */
import { useQuery } from '../../client/query.ts'
import { here, navigate, usePlace } from '../../client/router.ts'
import { About } from '../../definitions/about.tsx'
import { AccountLink } from '../../people/account-link.tsx'
import { PersonLink } from '../../people/person-link.tsx'
import type { Subject } from '../../rules/model.ts'
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
import { type Chosen, type Group, GROUPS, readChosen, readSubject, segmentsOf, toWhere } from './where.ts'

const POLL_MS = 5000
const MOST_OF_REGIONS = 6
const SAMPLE = 10

type Segment = AudienceSegmentsResult['segments']['nodes'][number]
type Found = AudienceResult['audience']

export default function Audience() {
  const subject = readSubject(usePlace().search)
  const segments = useQuery(AudienceSegments, { subject })
  return (
    <Page
      title="Audience"
      name="Audience"
      crumbs={<Link to="/segments">Segments</Link>}
      lead="Join segments, share them, leave some out: how many that is, exactly, and who."
    >
      <About value={subject} onChange={choose} />
      <Ready query={segments}>{(data) => <Chooser subject={subject} segments={data.segments.nodes} />}</Ready>
    </Page>
  )
}

/** Segments of people and of accounts do not mix. */
function choose(subject: Subject) {
  const none = Object.fromEntries(GROUPS.map(({ key }) => [key, null]))
  navigate(here({ ...none, subject: subject === 'ACCOUNT' ? 'account' : null }), { replace: true })
}

function Chooser({ subject, segments }: { subject: Subject; segments: Segment[] }) {
  const { search } = usePlace()
  const chosen = readChosen(search)
  const used = segmentsOf(chosen)
  const where = toWhere(chosen)
  const withRegions = used.length > 0 && used.length <= MOST_OF_REGIONS
  const audience = useQuery(AudienceQuery, { where, subject, withRegions }, { every: POLL_MS })
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
            <Sizes found={found} subject={subject} />
            <div className="grid-2">
              <Sample key={subject + JSON.stringify(where)} where={where} subject={subject} />
              <div className="stack">
                {found.regions && <Regions found={found} segments={used.length} />}
                {used.length > 0 && <Overlap found={found} subject={subject} />}
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

function Sizes({ found: { count, people }, subject }: { found: Found; subject: Subject }) {
  const share = people === 0 ? 0 : (count / people) * 100
  return (
    <dl className="figures">
      <Figure name="In this audience">{number(count)}</Figure>
      <Figure name={subject === 'ACCOUNT' ? 'Of all accounts' : 'Of everybody'}>{percent(share)}</Figure>
      <Figure name={subject === 'ACCOUNT' ? 'Accounts known' : 'People known'}>{number(people)}</Figure>
    </dl>
  )
}

function Sample({ where, subject }: { where: ReturnType<typeof toWhere>; subject: Subject }) {
  const sample = useQuery(AudienceSample, { where, subject, draw: SAMPLE })
  const ofAccounts = subject === 'ACCOUNT'
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
        {({ audience: { sample: people, sampleAccounts: accounts } }) =>
          people.length + accounts.length === 0 ? (
            <Empty title={ofAccounts ? 'No account is in all of that' : 'Nobody is in all of that'}>
              <p>Take a segment out, or look at how they overlap.</p>
            </Empty>
          ) : (
            <ul className="lines" aria-label={`Some ${ofAccounts ? 'accounts' : 'people'} of this audience`}>
              {people.map((profile) => (
                <li key={profile.id}>
                  <PersonLink profile={profile} />
                  <span className="when">
                    seen <Time at={profile.lastSeen} />
                  </span>
                </li>
              ))}
              {accounts.map((account) => (
                <li key={account.id}>
                  <AccountLink account={account} />
                  <span className="when">{account.industry}</span>
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

function Overlap({ found, subject }: { found: Found; subject: Subject }) {
  const ofAccounts = subject === 'ACCOUNT'
  return (
    <Card title="Overlap" flush>
      <div className="table-wrap">
        <table>
          <thead>
            <tr>
              <th>Segment</th>
              <th className="right">{ofAccounts ? 'Accounts' : 'People'}</th>
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
                <td className="right" title={ofAccounts ? plural(both, 'account') : plural(both, 'person', 'people')}>
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
