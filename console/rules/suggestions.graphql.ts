// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from '../client/document.ts'
import type { Json } from '../client/schema.ts'

export type SuggestionsResult = {
  events: {
    nodes: ({
      name: string
      properties: Json
    })[]
  }
  profiles: {
    nodes: ({
      traits: Json
    })[]
  }
  segments: {
    nodes: ({
      key: string
    })[]
  }
  labels: {
    nodes: ({
      key: string
    })[]
  }
}
export type SuggestionsVariables = {}
export const Suggestions: Document<SuggestionsResult, SuggestionsVariables> = {
  name: 'Suggestions',
  text: "query Suggestions{events(first:300){nodes{name properties}}profiles(first:100){nodes{traits}}segments(first:200 filter:{status:{ne:ARCHIVED}}){nodes{key}}labels(first:200 filter:{status:{ne:ARCHIVED}}){nodes{key}}}",
}
