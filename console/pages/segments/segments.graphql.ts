// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from '../../client/document.ts'
import type { DefinitionStatus, DefinitionSubject, Json, SegmentFilter } from '../../client/schema.ts'

export type SegmentsResult = {
  segments: {
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
      size: number
      subject: DefinitionSubject
      transitions: {
        nodes: ({
          id: string
          at: string
        })[]
      }
    })[]
  }
}
export type SegmentsVariables = {
  filter?: SegmentFilter | null
}
export const Segments: Document<SegmentsResult, SegmentsVariables> = {
  name: 'Segments',
  text: "query Segments($filter:SegmentFilter){segments(first:200 filter:$filter orderBy:[{field:name}]){nodes{id key name description status complete backfill{done total}rule size subject transitions(first:1){nodes{id at}}}}}",
}
