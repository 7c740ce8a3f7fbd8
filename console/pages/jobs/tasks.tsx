import { here, navigate } from '../../client/router.ts'
import { compact, milliseconds } from '../../ui/format.ts'
import { Card, Link } from '../../ui/parts.tsx'
import { byTask, type TaskLine } from './by-task.ts'
import type { JobBoardResult } from './jobs.graphql.ts'

/** One line per task: its queue now, its throughput, failures and latency of the last hour. A click narrows the page to it. */
export function Tasks({ data, task: chosen }: { data: JobBoardResult['jobBoard']; task: string }) {
  const lines = byTask(data)
  if (lines.length === 0) return null
  return (
    <Card title="Tasks, last hour" flush>
      <div className="table-wrap">
        <table>
          <thead>
            <tr>
              <th>Task</th>
              <th className="right">Waiting</th>
              <th className="right wide-only">Running</th>
              <th className="right">Failed</th>
              <th className="right">Done</th>
              <th className="right wide-only">Failed tries</th>
              <th className="right wide-only">Waited, mean and most</th>
              <th className="right wide-only">Ran, mean and most</th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <Line key={line.task} line={line} chosen={line.task === chosen} />
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  )
}

function Line({ line, chosen }: { line: TaskLine; chosen: boolean }) {
  const to = here({ task: chosen ? null : line.task, after: null, before: null })
  return (
    <tr className={chosen ? 'linked chosen' : 'linked'} onClick={() => navigate(to)}>
      <td>
        <Link to={to} className="quiet-link" aria-current={chosen ? 'true' : undefined}>
          <b>{line.task}</b>
        </Link>
      </td>
      <td className="right">{many(line.waiting)}</td>
      <td className="right wide-only">{many(line.running)}</td>
      <td className="right">
        <span className={line.failed.count > 0 ? 'alarm' : undefined}>{many(line.failed)}</span>
      </td>
      <td className="right">{compact(line.done)}</td>
      <td className="right wide-only">{compact(line.failures)}</td>
      <td className="right soft wide-only">{times(line.waited, line.waitedMost)}</td>
      <td className="right soft wide-only">{times(line.ran, line.ranMost)}</td>
    </tr>
  )
}

function many({ count, more }: TaskLine['waiting']): string {
  return `${compact(count)}${more ? '+' : ''}`
}

function times(mean: number | null, most: number | null): string {
  return mean === null || most === null ? '–' : `${milliseconds(mean)}, ${milliseconds(most)}`
}
