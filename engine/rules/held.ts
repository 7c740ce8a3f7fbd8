/** For how long a trait, a label or a membership has been as it is. */
import { AT, type Parameters } from './parameters.ts'
import type { Facts } from './scan.ts'
import { traitSinceThen } from './then.ts'
import { plus } from './time.ts'
import { and, holdsUntil, seconds, toTest, type Truth } from './truth.ts'
import type { Stored } from './stored.ts'
import type { HeldNode } from './types.ts'

/** `inner` is the truth of the rule; `since` SQL of when it last became so. */
export function compileHeld(
  node: Pick<HeldNode, 'for' | 'op'>,
  inner: Truth,
  since: string,
  parameters: Parameters,
): Truth {
  const due = plus(since, node.for, parameters)
  const wanted = `${due} ${node.op === 'lt' ? '>' : '<='} ${AT}`
  const flip = `CASE WHEN ${due} > ${AT} THEN ${seconds(due)} END`
  if (inner.until === undefined) return and([inner, holdsUntil(wanted, [flip])])
  // Whatever changes the inner rule may begin the time anew, so that nothing is known beyond.
  const sign = `CASE WHEN ${toTest(inner)} AND ${wanted} THEN 1 ELSE -1 END`
  return { until: `${sign} * LEAST(abs(${inner.until}), ${flip})` }
}

/** Where what is computed of an owner is stored, and SQL of its id and of when it began; `is` says of an id that it is the owner's. */
export type Owner = Stored & { key: string; is: string; begin: string }

/** A trait: since it was first said as it is; one that was never said: since the profile is known. `then`: SQL of when it is to be as known. */
export function sinceTrait(path: string, identifiers: Facts, parameters: Parameters, then?: string): string {
  const [trait] = path.replace(/^traits\./, '').split('.') as [string]
  if (then) return `coalesce(${traitSinceThen('s.id', parameters.add(trait, 'text'), then)}, s.first_seen)`
  const said = identifiers.add(`fold_trait(o.traits -> ${parameters.add(trait, 'text')})`)
  return `coalesce((${said} ->> 'since')::timestamptz, (${said} ->> 'at')::timestamptz, s.first_seen)`
}

/** A membership: since the owner entered; if the segment says so only now: since now. */
export function sinceEntry(
  segmentId: string,
  { members, id, key, is }: Owner,
  parameters: Parameters,
  then?: string,
): string {
  if (then) {
    return `coalesce((
  SELECT max(t.at) FROM transitions t
  WHERE t.tenant_id = (SELECT kith_tenant()) AND t.${id} = ${key} AND t.segment_id = ${parameters.add(segmentId, 'uuid')} AND t.kind = 'segment_entered'
    AND t.cause <> 'merge' AND t.at <= ${then}
), ${AT})`
  }
  return `coalesce((
  SELECT min(m.since) FROM ${members} m
  WHERE m.tenant_id = (SELECT kith_tenant()) AND m.segment_id = ${parameters.add(segmentId, 'uuid')} AND m.${id} ${is}
), ${AT})`
}

/** A label's value: since it is stored; its absence: since it went, or since the owner is known. */
export function sinceValue(
  labelId: string,
  value: string,
  owner: Owner,
  parameters: Parameters,
  then?: string,
): string {
  const { values, id, key, is, begin } = owner
  const label = parameters.add(labelId, 'uuid')
  const changed = (until: string) => `(
    SELECT max(t.at) FROM transitions t
    WHERE t.tenant_id = (SELECT kith_tenant()) AND t.${id} = ${key} AND t.label_id = ${label}${until}
  )`
  if (then)
    return `coalesce(${changed(` AND t.at <= ${then}`)}, CASE WHEN ${value} IS NULL THEN ${begin} ELSE ${AT} END)`
  const stored = `FROM ${values} v
  WHERE v.tenant_id = (SELECT kith_tenant()) AND v.label_id = ${label} AND v.${id}`
  return `CASE
  WHEN ${value} IS NOT NULL THEN coalesce((SELECT min(v.since) ${stored} ${is} AND v.value = ${value}), ${AT})
  WHEN EXISTS (SELECT ${stored} = ${key}) THEN ${AT}
  ELSE coalesce(${changed('')}, ${begin})
END`
}
