import { Suspense } from 'react'
import { late } from '../../client/late.ts'
import { useQuery } from '../../client/query.ts'
import { here, usePlace } from '../../client/router.ts'
import { useNow } from '../../ui/clock.ts'
import { compact, number } from '../../ui/format.ts'
import { Card, Link, Ready, Waiting } from '../../ui/parts.tsx'
import { SegmentSizes } from './size.graphql.ts'

const Plot = late(() => import('../../ui/plot.tsx'))

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const SPANS = [
  { key: 'hour', name: 'Hour', ms: HOUR_MS },
  { key: 'day', name: 'Day', ms: 24 * HOUR_MS },
  { key: 'week', name: 'Week', ms: 7 * 24 * HOUR_MS },
  { key: 'month', name: 'Month', ms: 30 * 24 * HOUR_MS },
]
const POINTS = 120
const LOOK_MS = 10_000

/** How many were in it, over the time that the address says. */
export function Size({ segmentKey }: { segmentKey: string }) {
  const { search } = usePlace()
  const span = SPANS.find(({ key }) => key === search.get('span')) ?? SPANS[1]!
  // The same question until a step of the plot has passed, so that its answer is kept.
  const since = new Date(useNow(Math.max(span.ms / POINTS, LOOK_MS)) - span.ms).toISOString()
  const sizes = useQuery(SegmentSizes, { key: segmentKey, since, points: POINTS })
  return (
    <Card
      title="Size over time"
      actions={
        <nav className="row fine" aria-label="Time shown">
          {SPANS.map(({ key, name }) => (
            <Link
              key={key}
              className={`button small ${key === span.key ? '' : 'ghost'}`}
              aria-current={key === span.key ? 'true' : undefined}
              to={here({ span: key === SPANS[1]!.key ? null : key })}
            >
              {name}
            </Link>
          ))}
        </nav>
      }
    >
      <Ready query={sizes}>
        {({ segment }) => {
          const points = segment?.sizes ?? []
          const entered = points.reduce((sum, point) => sum + point.entered, 0)
          const left = points.reduce((sum, point) => sum + point.left, 0)
          return (
            <>
              <Suspense fallback={<Waiting />}>
                <Plot
                  label={`People in the segment over the last ${span.name.toLowerCase()}: ${points[0]?.size ?? 0} at first, ${points.at(-1)?.size ?? 0} now`}
                  times={points.map(({ at }) => Date.parse(at) / 1000)}
                  format={compact}
                  lines={[{ name: 'in it', color: '--accent', values: points.map(({ size }) => size), fill: true }]}
                />
              </Suspense>
              <p className="fine soft">
                {number(entered)} came in and {number(left)} went out in the last {span.name.toLowerCase()}.
              </p>
            </>
          )
        }}
      </Ready>
    </Card>
  )
}
