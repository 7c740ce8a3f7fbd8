/** The audience that the address says: `?all=a,b&any=c,d&none=e`, of accounts with `&subject=account`. */
import type { AudienceInput } from '../../client/schema.ts'
import type { Subject } from '../../rules/model.ts'

export const GROUPS = [
  { key: 'all', name: 'In all of', hint: 'all there are' },
  { key: 'any', name: 'And in at least one of', hint: 'no matter' },
  { key: 'none', name: 'And in none of', hint: 'no matter' },
] as const
export type Group = (typeof GROUPS)[number]['key']
export type Chosen = Record<Group, string[]>

export function readSubject(search: URLSearchParams): Subject {
  return search.get('subject') === 'account' ? 'ACCOUNT' : 'PERSON'
}

export function readChosen(search: URLSearchParams): Chosen {
  const list = (group: Group) => [...new Set((search.get(group) ?? '').split(',').filter(Boolean))]
  return { all: list('all'), any: list('any'), none: list('none') }
}

export function segmentsOf({ all, any, none }: Chosen): string[] {
  return [...new Set([...all, ...any, ...none])]
}

export function toWhere({ all, any, none }: Chosen): AudienceInput {
  const segment = (key: string): AudienceInput => ({ segment: key })
  const parts: AudienceInput[] = all.map(segment)
  if (any.length > 0) parts.push({ or: any.map(segment) })
  if (none.length > 0) parts.push({ not: { or: none.map(segment) } })
  return { and: parts }
}
