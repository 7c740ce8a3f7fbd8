import { Suspense } from 'react'
import { late } from '../../client/late.ts'
import { useNow } from '../../ui/clock.ts'
import { compact, milliseconds } from '../../ui/format.ts'
import { Card, Waiting } from '../../ui/parts.tsx'
import { series, type Stretch } from './series.ts'

const Plot = late(() => import('../../ui/plot.tsx'))
const MINUTE_MS = 60_000
const MINUTES = 60

/** Throughput and latency of the last hour: of one task, or of all together. */
export function Plots({ stretches, task }: { stretches: Stretch[]; task: string }) {
  const now = useNow(MINUTE_MS)
  const from = now - MINUTES * MINUTE_MS
  const { times, done, failed, waited, waitedMost, ran } = series(stretches, from, now)
  return (
    <div className="grid-even">
      <Card title={task ? `Jobs a minute: ${task}` : 'Jobs a minute'}>
        <Suspense fallback={<Waiting />}>
          <Plot
            label="Jobs done and failed, each minute of the last hour"
            times={times}
            format={compact}
            lines={[
              { name: 'done', color: '--accent', values: done, fill: true },
              { name: 'failed', color: '--bad', values: failed },
            ]}
          />
        </Suspense>
      </Card>
      <Card title={task ? `Latency: ${task}` : 'Latency'}>
        <Suspense fallback={<Waiting />}>
          <Plot
            label="How long jobs waited and ran, each minute of the last hour"
            times={times}
            format={milliseconds}
            lines={[
              { name: 'waited', color: '--accent', values: waited, fill: true },
              { name: 'waited at most', color: '--warn', values: waitedMost },
              { name: 'ran', color: '--good', values: ran },
            ]}
          />
        </Suspense>
      </Card>
    </div>
  )
}
