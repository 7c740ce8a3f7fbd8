/** The report of an import, put together line by line. */
export type Refused = { line: number; code: string; reason: string; raw: string }
type Total = { lines: number; stored: number; known: number; refused: number; discarded?: number }
export type Report = {
  total: Total
  refused: Refused[]
  /** Of a dry run: what lines would become. */
  would: { line: number; would: unknown }[]
  state: 'running' | 'done' | 'failed'
  error?: string
}

export const NOTHING: Report = {
  total: { lines: 0, stored: 0, known: 0, refused: 0 },
  refused: [],
  would: [],
  state: 'running',
}

export function take(report: Report, line: any): Report {
  if ('would' in line) return { ...report, would: [...report.would, line] }
  if ('line' in line) return { ...report, refused: [...report.refused, line] }
  if ('progress' in line) return { ...report, total: line.progress }
  if ('done' in line) return { ...report, total: line.done, state: 'done' }
  return { ...report, state: 'failed', error: `${line.error.message} (${line.error.code})` }
}
