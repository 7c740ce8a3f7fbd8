import { isDeepStrictEqual } from 'node:util'

/** What was said of a trait: the value, when, and by which event or record; see merge_trait of migration 0035. */
export type Statement = {
  v: unknown
  at: string
  by: string
  /** Since when it had the value, where that was before `at`. */
  since?: string
  /** When something else was last said before. */
  other?: string
}

/** Both taken together, whichever came first. */
export function mergeStatements(a: Statement, b: Statement): Statement {
  const [o, n] = a.at < b.at || (a.at === b.at && a.by < b.by) ? [a, b] : [b, a]
  const same = isDeepStrictEqual(n.v, o.v)
  const other = latest([n.other, same ? o.other : o.at])
  const known = [n.since ?? n.at, ...(same ? [o.since ?? o.at, o.at] : [])]
  const since = [...known.filter((at) => at > (other ?? '')), n.at].sort()[0]!
  return { v: n.v, at: n.at, by: n.by, ...(since < n.at && { since }), ...(other !== undefined && { other }) }
}

function latest(times: (string | undefined)[]): string | undefined {
  return times
    .filter((time) => time !== undefined)
    .sort()
    .at(-1)
}
