// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from '../../client/document.ts'

export type SegmentSizesResult = {
  segment: {
    id: string
    sizes: ({
      at: string
      size: number
      entered: number
      left: number
    })[]
  } | null
}
export type SegmentSizesVariables = {
  key: string
  since: string
  points: number
}
export const SegmentSizes: Document<SegmentSizesResult, SegmentSizesVariables> = {
  name: 'SegmentSizes',
  text: "query SegmentSizes($key:String!$since:DateTime!$points:Int!){segment(key:$key){id sizes(since:$since points:$points){at size entered left}}}",
}
