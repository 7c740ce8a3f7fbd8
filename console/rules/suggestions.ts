/** What the rule builder's fields suggest: what there is in this tenant, as far as the latest events and people show it. */
import { useMemo } from 'react'
import { useQuery } from '../client/query.ts'
import { isObject, knownFields, RECORDS, type Subject } from './model.ts'
import { Suggestions, type SuggestionsResult } from './suggestions.graphql.ts'

/** Names of lists; those of fields, labels and segments also say of what. */
export type SuggestionList =
  | 'events'
  | 'properties'
  | 'identifiers'
  | 'lists'
  | `fields-${string}`
  | `labels-${Subject}`
  | `segments-${Subject}`

export type Suggested = { lists: [SuggestionList, string[]][]; objects: SuggestionsResult['objects']['nodes'] }

export function useSuggestions(): Suggested {
  const { data } = useQuery(Suggestions, {})
  return useMemo(() => ({ lists: collect(data), objects: data?.objects.nodes ?? [] }), [data])
}

function collect(data: SuggestionsResult | undefined): [SuggestionList, string[]][] {
  const own = (object: string) => data?.fields.nodes.filter((field) => field.object === object).map(({ key }) => key)
  const kinds = [...Object.keys(RECORDS), 'account', ...(data?.objects.nodes.map(({ key }) => key) ?? [])]
  const about = (subject: Subject) =>
    (['labels', 'segments'] as const).map((noun): [SuggestionList, string[]] => [
      `${noun}-${subject}`,
      distinct(data?.[noun].nodes.filter((one) => one.subject === subject).map(({ key }) => key)),
    ])
  const traits = data?.profiles.nodes.flatMap(({ traits }) => paths(traits)) ?? []
  return [
    ['events', distinct(data?.events.nodes.map(({ name }) => name))],
    ['properties', distinct(data?.events.nodes.flatMap(({ properties }) => paths(properties)))],
    ['identifiers', ['email', 'user_id', 'anonymous_id', 'phone']],
    ['lists', distinct(data?.lists.nodes.map(({ key }) => key))],
    ['fields-profile', distinct([...traits, ...(own('profile') ?? []), 'firstSeen', 'lastSeen', 'createdAt'])],
    ...kinds.map((kind): [SuggestionList, string[]] => [
      `fields-${kind}`,
      [...knownFields(kind), ...(own(kind)?.map((key) => `custom.${key}`) ?? [])],
    ]),
    ...about('PERSON'),
    ...about('ACCOUNT'),
  ]
}

function distinct(values: string[] = []): string[] {
  return [...new Set(values)].sort()
}

/** 'plan', 'address.city': as rules write them. */
function paths(value: unknown, before = ''): string[] {
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    isObject(inner) ? paths(inner, `${before}${key}.`) : [`${before}${key}`],
  )
}
