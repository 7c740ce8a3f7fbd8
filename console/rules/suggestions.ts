/** What the rule builder's fields suggest: what there is in this tenant, as far as the latest events and people show it. */
import { useMemo } from 'react'
import { useQuery } from '../client/query.ts'
import { isObject } from './model.ts'
import { Suggestions, type SuggestionsResult } from './suggestions.graphql.ts'

export type SuggestionList = 'events' | 'properties' | 'traits' | 'identifiers' | 'labels' | 'segments'

export function useSuggestions(): Record<SuggestionList, string[]> {
  const { data } = useQuery(Suggestions, {})
  return useMemo(() => collect(data), [data])
}

function collect(data: SuggestionsResult | undefined): Record<SuggestionList, string[]> {
  return {
    events: distinct(data?.events.nodes.map(({ name }) => name)),
    properties: distinct(data?.events.nodes.flatMap(({ properties }) => paths(properties))),
    traits: distinct([...(data?.profiles.nodes.flatMap(({ traits }) => paths(traits)) ?? []), 'firstSeen', 'lastSeen']),
    identifiers: ['email', 'user_id', 'anonymous_id', 'phone'],
    labels: distinct(data?.labels.nodes.map(({ key }) => key)),
    segments: distinct(data?.segments.nodes.map(({ key }) => key)),
  }
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
