// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from '../../client/document.ts'
import type { FeedKind } from '../../client/schema.ts'

export type ConsumersResult = {
  consumers: ({
    name: string
    kinds: (FeedKind)[] | null
    cursor: string
    acknowledgedAt: string | null
    lag: string
    waitingSince: string | null
  })[]
}
export type ConsumersVariables = {}
export const Consumers: Document<ConsumersResult, ConsumersVariables> = {
  name: 'Consumers',
  text: "query Consumers{consumers{name kinds cursor acknowledgedAt lag waitingSince}}",
}
