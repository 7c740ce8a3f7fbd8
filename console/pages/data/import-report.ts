/** A file goes to POST /v1/imports, and its report comes back line by line while it does. */
import { lines } from '../../client/events.ts'
import { ApiError } from '../../client/request.ts'
import { credentials } from '../../client/session.ts'
import { NOTHING, type Report, take } from './report-lines.ts'

export type Asked = { file: File; kind: string; name: string; dryRun: boolean }

const TRIED_BYTES = 1024 * 1024
const isZipped = ({ name }: { name: string }) => name.endsWith('.gz')

/** Calls `show` with what is known whenever more is. Throws ApiError where the file is not taken at all. */
export async function importFile({ file, kind, name, dryRun }: Asked, show: (report: Report) => void): Promise<void> {
  const query = new URLSearchParams({ format: formatOf(file), ...(name && { name }), ...(dryRun && { dryRun: '100' }) })
  const response = await fetch(`/v1/imports/${kind}?${query}`, {
    method: 'POST',
    headers: {
      ...credentials(),
      ...(isZipped(file) && { 'content-encoding': 'gzip' }),
    },
    // A try looks at the first lines only, and most browsers read no answer before they have sent all.
    body: dryRun && !isZipped(file) ? file.slice(0, TRIED_BYTES) : file,
  })
  if (!response.ok) {
    const { error } = (await response.json()) as { error: { code: string; message: string } }
    throw new ApiError(error.code, error.message)
  }
  let report = NOTHING
  show(report)
  for await (const line of lines(response.body!)) if (line !== '') show((report = take(report, JSON.parse(line))))
  if (report.state === 'running') show({ ...report, state: 'failed', error: 'The connection ended.' })
}

function formatOf({ name }: { name: string }): 'csv' | 'ndjson' {
  return /\.(nd)?jsonl?(\.gz)?$/.test(name) ? 'ndjson' : 'csv'
}
