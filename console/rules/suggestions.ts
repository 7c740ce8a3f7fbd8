/** What the rule builder's fields suggest: what there is in this tenant. */

export type SuggestionList = 'events' | 'properties' | 'traits' | 'identifiers' | 'labels' | 'segments'

export function useSuggestions(): Record<SuggestionList, string[]> {
  return { events: [], properties: [], traits: [], identifiers: [], labels: [], segments: [] }
}
