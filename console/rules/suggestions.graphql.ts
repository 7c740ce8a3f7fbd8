// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from '../client/document.ts'
import type { DefinitionSubject, FieldObject, Json } from '../client/schema.ts'

export type SuggestionsResult = {
  objects: {
    nodes: ({
      key: string
      name: string
      person: boolean
      account: boolean
    })[]
  }
  fields: {
    nodes: ({
      object: FieldObject
      key: string
    })[]
  }
  lists: {
    nodes: ({
      key: string
    })[]
  }
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
      subject: DefinitionSubject
    })[]
  }
  labels: {
    nodes: ({
      key: string
      subject: DefinitionSubject
    })[]
  }
}
export type SuggestionsVariables = {}
export const Suggestions: Document<SuggestionsResult, SuggestionsVariables> = {
  name: 'Suggestions',
  text: "query Suggestions{objects(first:100 orderBy:[{field:name}]){nodes{key name person account}}fields(first:500){nodes{object key}}lists(first:200){nodes{key}}events(first:300){nodes{name properties}}profiles(first:100){nodes{traits}}segments(first:200 filter:{status:{ne:ARCHIVED}}){nodes{key subject}}labels(first:200 filter:{status:{ne:ARCHIVED}}){nodes{key subject}}}",
}
