import { useMemo } from 'react'
import { words } from '../../ui/format.ts'
import { Card, Copy, Time } from '../../ui/parts.tsx'
import { layout } from './graph.ts'
import type { Profile } from './person.tsx'

const MOST_DRAWN = 60
const MARGIN = 90
const SMALLEST_HALF = 240

/** How Kith knows that all this is one person. */
export function Identity({ profile, name }: { profile: Profile; name: string }) {
  return (
    <div className="stack">
      <Card title="Identity graph" flush>
        <Graph profile={profile} name={name} />
      </Card>
      <Card title="Identifiers" flush>
        <div className="table-wrap">
          <table>
            <thead>
              <tr>
                <th>Type</th>
                <th>Value</th>
                <th className="right">First seen</th>
                <th>
                  <span className="visually-hidden">Copy</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {profile.identifiers.nodes.map(({ id, type, value, firstSeen }) => (
                <tr key={id}>
                  <td className="soft">{words(type)}</td>
                  <td className="value">{value}</td>
                  <td className="right soft">
                    <Time at={firstSeen} />
                  </td>
                  <td className="right">
                    <Copy text={value} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Card>
    </div>
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
  const half = Math.max(SMALLEST_HALF, ...xs.map(Math.abs)) + MARGIN
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
