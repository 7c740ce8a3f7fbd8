// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from '../client/document.ts'
import type { Json, TransitionTrigger } from '../client/schema.ts'

export type TransitionReasonsResult = {
  transitions: {
    nodes: ({
      id: string
      reasonsMissing: string | null
      reasons: ({
        path: (string)[]
        rule: Json
        trigger: TransitionTrigger
        holds: boolean
        at: string | null
        found: Json | null
        evidence: ({
          kind: string
          id: string
          at: string | null
          data: Json
        })[]
      })[] | null
    })[]
  }
}
export type TransitionReasonsVariables = {
  id: string
}
export const TransitionReasons: Document<TransitionReasonsResult, TransitionReasonsVariables> = {
  name: 'TransitionReasons',
  text: "query TransitionReasons($id:ID!){transitions(first:1 filter:{id:{eq:$id}}){nodes{id reasonsMissing reasons{path rule trigger holds at found evidence{kind id at data}}}}}",
}
