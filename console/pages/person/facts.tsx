import { inline, words } from '../../ui/format.ts'
import { Card, Link, Time } from '../../ui/parts.tsx'
import { isObject } from '../../rules/model.ts'
import { bare } from '../../people/person.ts'
import { here } from '../../client/router.ts'
import type { Profile } from './person.tsx'
import { AskWhy } from './why.tsx'

/** What is true of somebody now. */
export function Facts({ profile }: { profile: Profile }) {
  const { segments, labels, consents, accounts } = profile
  return (
    <aside className="stack" aria-label="What is true now">
      <Card title="Segments">
        {segments.nodes.length === 0 && <p className="muted">In none at the moment.</p>}
        <ul className="stack tight">
          {segments.nodes.map(({ id, since, segment }) => (
            <li key={id} className="row between">
              <Link className="pill accent" to={`/segments/${segment?.key}`}>
                {segment?.name}
              </Link>
              <span className="row muted fine">
                <Time at={since} />
                <Link to={here({ why: `segment:${segment?.key}` })} aria-label={`Why in ${segment?.name}?`}>
                  why?
                </Link>
              </span>
            </li>
          ))}
        </ul>
        <AskWhy memberOf={new Set(segments.nodes.map(({ segment }) => segment?.key ?? ''))} />
      </Card>
      {labels.nodes.length > 0 && (
        <Card title="Labels">
          <dl className="facts">
            {labels.nodes.map(({ id, value, label, since }) => (
              <div key={id} className="contents">
                <dt>
                  <Link className="quiet-link" to={`/labels/${label?.key}`}>
                    {label?.name}
                  </Link>
                </dt>
                <dd className="row between" title={`Since ${new Date(since).toLocaleString()}`}>
                  {inline(value)}
                  <Link
                    className="fine"
                    to={here({ why: `label:${label?.key}` })}
                    aria-label={`Why is ${label?.name} ${inline(value)}?`}
                  >
                    why?
                  </Link>
                </dd>
              </div>
            ))}
          </dl>
        </Card>
      )}
      <Card title="Traits">
        <Traits profile={profile} />
      </Card>
      {accounts.nodes.length > 0 && (
        <Card title="Accounts">
          <ul className="stack tight">
            {accounts.nodes.map(({ id, name }) => (
              <li key={id}>
                <Link to={`/accounts/${bare(id)}`}>{name}</Link>
              </li>
            ))}
          </ul>
        </Card>
      )}
      {consents.nodes.length > 0 && (
        <Card title="Consents">
          <ul className="stack tight">
            {consents.nodes.map(({ id, purpose, channel, state, updatedAt }) => (
              <li key={id} className="row between">
                <span>
                  {words(purpose)} <span className="muted">by {channel}</span>
                </span>
                <span
                  className={`pill ${state === 'GRANTED' ? 'good' : 'bad'}`}
                  title={`Said ${new Date(updatedAt).toLocaleString()}`}
                >
                  {state.toLowerCase()}
                </span>
              </li>
            ))}
          </ul>
        </Card>
      )}
    </aside>
  )
}

function Traits({ profile: { traits, traitSources } }: { profile: Profile }) {
  const entries = isObject(traits) ? Object.entries(traits) : []
  const sources = new Map(traitSources.map((source) => [source.trait, source]))
  if (entries.length === 0) return <p className="muted">None yet. An identify call or a contact record brings them.</p>
  return (
    <dl className="facts">
      {entries.map(([key, value]) => (
        <div key={key} className="contents">
          <dt>{key}</dt>
          <dd>
            {inline(value)}
            <Word source={sources.get(key)} />
          </dd>
        </div>
      ))}
    </dl>
  )
}

/** Whose word it is, and since when. */
function Word({ source }: { source: Profile['traitSources'][number] | undefined }) {
  if (!source) return null
  const { kind, event, at } = source
  const said = kind === 'CONTACT' ? 'CRM contact' : kind === 'LEAD' ? 'Lead' : (event?.source?.name ?? 'An event')
  return (
    <div className="muted fine">
      {said}, <Time at={at} />
    </div>
  )
}
