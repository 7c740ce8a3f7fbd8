// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from '../../client/document.ts'
import type { DefinitionStatus, DefinitionSubject, Json, LabelFilter } from '../../client/schema.ts'

export type LabelsResult = {
  labels: {
    nodes: ({
      id: string
      key: string
      name: string
      description: string | null
      status: DefinitionStatus
      complete: boolean
      backfill: {
        done: number
        total: number
      } | null
      rule: Json
      subject: DefinitionSubject
      values: {
        totalCount: number
      }
      accounts: {
        totalCount: number
      }
      transitions: {
        nodes: ({
          id: string
          at: string
        })[]
      }
    })[]
  }
}
export type LabelsVariables = {
  filter?: LabelFilter | null
}
export const Labels: Document<LabelsResult, LabelsVariables> = {
  name: 'Labels',
  text: "query Labels($filter:LabelFilter){labels(first:200 filter:$filter orderBy:[{field:name}]){nodes{id key name description status complete backfill{done total}rule subject values(first:0){totalCount}accounts(first:0){totalCount}transitions(first:1){nodes{id at}}}}}",
}
