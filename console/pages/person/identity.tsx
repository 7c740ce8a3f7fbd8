import { useMemo, useState } from 'react'
import { refresh } from '../../client/query.ts'
import { request } from '../../client/request.ts'
import { navigate } from '../../client/router.ts'
import { useMayChange } from '../../client/viewer.ts'
import { personPath } from '../../people/person.ts'
import { Confirm } from '../../ui/dialog.tsx'
import { plural, words } from '../../ui/format.ts'
import { Card, Copy, Time } from '../../ui/parts.tsx'
import { attempt } from '../../ui/toast.tsx'
import { layout } from './graph.ts'
import { History } from './history.tsx'
import { SplitProfile } from './identity.graphql.ts'
import { LinkPath } from './link-path.tsx'
import type { Profile } from './person.tsx'

const MOST_DRAWN = 60
const MARGIN = 90
const SMALLEST_HALF = 240
const NARROW = 760

/** How Kith knows that all this is one person. */
export function Identity({ profile, name }: { profile: Profile; name: string }) {
  return (
    <div className="stack">
      <Card title="Identity graph" flush>
        <Graph profile={profile} name={name} />
      </Card>
      <Identifiers profile={profile} />
      <History profileId={profile.id} />
    </div>
  )
}

function Identifiers({ profile }: { profile: Profile }) {
  const mayChange = useMayChange('identity')
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [asked, setAsked] = useState<string>()
  const [splitting, setSplitting] = useState(false)
  const { nodes } = profile.identifiers
  const first = nodes[0]
  const ids = nodes.filter(({ id }) => chosen.has(id)).map(({ id }) => id)
  const maySplit = mayChange && nodes.length > 1

  function toggle(id: string) {
    const next = new Set(chosen)
    if (!next.delete(id)) next.add(id)
    setChosen(next)
  }

  function split() {
    void attempt(async () => {
      const { splitProfile } = await request(SplitProfile, { input: { profileId: profile.id, identifierIds: ids } })
      setChosen(new Set())
      await refresh()
      if (splitProfile.profile) navigate(`${personPath(splitProfile.profile)}?tab=identity`)
    }, 'Split off.')
  }

  return (
    <Card
      title="Identifiers"
      flush
      actions={
        maySplit &&
        ids.length > 0 && (
          <button
            type="button"
            className="button small"
            disabled={ids.length === nodes.length}
            onClick={() => setSplitting(true)}
          >
            Split off {plural(ids.length, 'identifier')}
          </button>
        )
      }
    >
      <ul className="lines">
        {nodes.map(({ id, type, value, firstSeen }) => (
          <li key={id} className="letter">
            {maySplit && (
              <input
                type="checkbox"
                aria-label={`Choose ${value}`}
                checked={chosen.has(id)}
                onChange={() => toggle(id)}
              />
            )}
            <span className="identifier-type soft">{words(type)}</span>
            <span className="what value">{value}</span>
            <span className="when">
              <Time at={firstSeen} />
            </span>
            {first && id !== first.id && (
              <button
                type="button"
                className="button small ghost"
                aria-expanded={asked === id}
                aria-label={`Why does ${value} belong here?`}
                onClick={() => setAsked(asked === id ? undefined : id)}
              >
                Why?
              </button>
            )}
            <span className="wide-only">
              <Copy text={value} />
            </span>
            {asked === id && first && (
              <div className="detail">
                <LinkPath from={first.id} to={id} />
              </div>
            )}
          </li>
        ))}
      </ul>
      <Confirm
        title={`Split off ${plural(ids.length, 'identifier')}?`}
        open={splitting}
        onClose={() => setSplitting(false)}
        action="Split off"
        onConfirm={split}
      >
        <p>
          They become a person of their own. Their events, records and consents go with them, and no evidence joins the
          two again. The merge history can undo it.
        </p>
      </Confirm>
    </Card>
  )
}

function Graph({ profile, name }: { profile: Profile; name: string }) {
  const shown = profile.identifiers.nodes.slice(0, MOST_DRAWN)
  const key = shown.map(({ id }) => id).join()
  const places = useMemo(() => {
    const ids = shown.map(({ id }) => id)
    return layout(
      [profile.id, ...ids],
      ids.map((id) => ({ from: id, to: profile.id })),
      profile.id,
    )
    // The same identifiers, the same picture.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [key, profile.id])
  const xs = [...places.values()].map(({ x }) => x)
  const ys = [...places.values()].map(({ y }) => y)
  // As wide as the card in the ordinary case, so that the letters have the size of letters.
  const smallest = window.innerWidth < NARROW ? SMALLEST_HALF / 2 : SMALLEST_HALF
  const half = Math.max(smallest, ...xs.map(Math.abs)) + MARGIN
  const top = Math.min(...ys) - MARGIN / 3
  const height = Math.max(...ys) - top + MARGIN / 1.5
  return (
    <svg
      className="graph"
      viewBox={`${-half} ${top} ${2 * half} ${height}`}
      role="img"
      aria-label={`${name} is named by ${shown.map(({ type, value }) => `${words(type)} ${value}`).join(', ')}`}
    >
      {shown.map(({ id }) => {
        const { x, y } = places.get(id)!
        return <line key={id} x1={x} y1={y} x2={0} y2={0} />
      })}
      {shown.map(({ id, type, value }) => {
        const { x, y } = places.get(id)!
        return (
          <g key={id} transform={`translate(${x} ${y})`} className={`identifier ${type}`}>
            <title>{`${words(type)}: ${value}`}</title>
            <circle r="7" />
            <text y="22">{shorten(value)}</text>
            <text y="36" className="type">
              {words(type)}
            </text>
          </g>
        )
      })}
      <g className="profile">
        <circle r="20" />
        <text y="36">{shorten(name)}</text>
      </g>
    </svg>
  )
}

function shorten(text: string): string {
  return text.length > 24 ? `${text.slice(0, 22)}…` : text
}
