/** For how long a trait, a label or a membership has been as it is. */
import { AT, type Parameters } from './parameters.ts'
import type { Facts } from './scan.ts'
import { plus } from './time.ts'
import { and, holdsUntil, not, type Truth } from './truth.ts'
import type { HeldNode } from './types.ts'

/** `inner` is the truth of the rule; `since` SQL of when it last became so. */
export function compileHeld(node: HeldNode, inner: Truth, since: string, parameters: Parameters): Truth {
  const due = plus(since, node.for, parameters)
  const long = holdsUntil(`${due} <= ${AT}`, `CASE WHEN ${due} > ${AT} THEN ${due} END`)
  return and([inner, node.op === 'lt' ? not(long) : long])
}

/** A trait: since it was said; one that was never said: since the profile is known. */
export function sinceTrait(path: string, identifiers: Facts, parameters: Parameters): string {
  const [trait] = path.replace(/^traits\./, '').split('.') as [string]
  const said = `o.traits -> ${parameters.add(trait, 'text')}`
  const at = identifiers.add(`max(coalesce(${said} ->> 'since', ${said} ->> 'at')::timestamptz)`)
  return `coalesce(${at}, s.first_seen)`
}

/** A membership: since the profile entered; if the segment says so only now: since now. */
export function sinceEntry(segmentId: string, parameters: Parameters): string {
  return `coalesce((
  SELECT m.since FROM members m
  WHERE m.tenant_id = (SELECT kith_tenant()) AND m.segment_id = ${parameters.add(segmentId, 'uuid')} AND m.profile_id = s.id
), ${AT})`
}

/** A label's value: since it is stored; its absence: since it went, or since the profile is known. */
export function sinceValue(labelId: string, value: string, parameters: Parameters): string {
  const label = parameters.add(labelId, 'uuid')
  const stored = `FROM label_values v
  WHERE v.tenant_id = (SELECT kith_tenant()) AND v.label_id = ${label} AND v.profile_id = s.id`
  return `CASE
  WHEN ${value} IS NOT NULL THEN coalesce((SELECT v.since ${stored} AND v.value = ${value}), ${AT})
  WHEN EXISTS (SELECT ${stored}) THEN ${AT}
  ELSE coalesce((
    SELECT max(t.at) FROM transitions t
    WHERE t.tenant_id = (SELECT kith_tenant()) AND t.profile_id = s.id AND t.label_id = ${label}
  ), s.first_seen)
END`
}
