// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from '../../client/document.ts'
import type { CreateSourceInput, DeadLetterFilter, DeadLettersInput, EventFilter, Json } from '../../client/schema.ts'

export type DataOverviewResult = {
  sources: {
    nodes: ({
      id: string
      name: string
      kind: string
      createdAt: string
    })[]
  }
  ingestCounts: ({
    door: string
    source: {
      id: string
      name: string
    } | null
    accepted: number
    stored: number
    deduplicated: number
    dead: number
    discarded: number
    unconsented: number
  })[]
  deadLetterGroups: ({
    code: string
    count: number
    reason: string
    firstAt: string
    lastAt: string
  })[]
}
export type DataOverviewVariables = {
  from: string
}
export const DataOverview: Document<DataOverviewResult, DataOverviewVariables> = {
  name: 'DataOverview',
  text: "query DataOverview($from:DateTime!){sources(first:200 orderBy:[{field:name}]){nodes{id name kind createdAt}}ingestCounts(from:$from){door source{id name}accepted stored deduplicated dead discarded unconsented}deadLetterGroups{code count reason firstAt lastAt}}",
}

export type DeadLettersResult = {
  deadLetters: {
    totalCount: number
    nodes: ({
      id: string
      receivedAt: string
      door: string
      code: string
      reason: string
      payload: string
      mended: string | null
      attempts: number
      messageId: string | null
      replayedAt: string | null
      discardedAt: string | null
      source: {
        id: string
        name: string
      } | null
    })[]
    pageInfo: {
      hasNextPage: boolean
      hasPreviousPage: boolean
      startCursor: string | null
      endCursor: string | null
    }
  }
}
export type DeadLettersVariables = {
  filter?: DeadLetterFilter | null
  first?: number | null
  after?: string | null
  last?: number | null
  before?: string | null
}
export const DeadLetters: Document<DeadLettersResult, DeadLettersVariables> = {
  name: 'DeadLetters',
  text: "query DeadLetters($filter:DeadLetterFilter$first:Int$after:String$last:Int$before:String){deadLetters(filter:$filter first:$first after:$after last:$last before:$before){totalCount nodes{id receivedAt door code reason payload mended attempts messageId replayedAt discardedAt source{id name}}pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}}",
}

export type LatestEventsResult = {
  events: {
    nodes: ({
      id: string
      type: string
      name: string
      occurredAt: string
      properties: Json
      source: {
        id: string
        name: string
      } | null
      profile: {
        id: string
        traits: Json
        identifiers: {
          nodes: ({
            type: string
            value: string
          })[]
        }
        contacts: {
          nodes: ({
            firstName: string | null
            lastName: string | null
          })[]
        }
      } | null
    })[]
    pageInfo: {
      hasNextPage: boolean
      hasPreviousPage: boolean
      startCursor: string | null
      endCursor: string | null
    }
  }
}
export type LatestEventsVariables = {
  filter?: EventFilter | null
  first?: number | null
  after?: string | null
  last?: number | null
  before?: string | null
}
export const LatestEvents: Document<LatestEventsResult, LatestEventsVariables> = {
  name: 'LatestEvents',
  text: "query LatestEvents($filter:EventFilter$first:Int$after:String$last:Int$before:String){events(filter:$filter first:$first after:$after last:$last before:$before){nodes{id type name occurredAt properties source{id name}profile{id traits identifiers(first:3){nodes{type value}}contacts(first:1){nodes{firstName lastName}}}}pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}}",
}

export type MendDeadLetterResult = {
  mendDeadLetter: {
    code: string | null
    reason: string | null
  }
}
export type MendDeadLetterVariables = {
  id: string
  payload: string
}
export const MendDeadLetter: Document<MendDeadLetterResult, MendDeadLetterVariables> = {
  name: 'MendDeadLetter',
  text: "mutation MendDeadLetter($id:ID!$payload:String!){mendDeadLetter(input:{id:$id payload:$payload}){code reason}}",
}

export type ReplayDeadLettersResult = {
  replayDeadLetters: {
    replayed: number
    stored: number
    deduplicated: number
    refused: number
  }
}
export type ReplayDeadLettersVariables = {
  which: DeadLettersInput
}
export const ReplayDeadLetters: Document<ReplayDeadLettersResult, ReplayDeadLettersVariables> = {
  name: 'ReplayDeadLetters',
  text: "mutation ReplayDeadLetters($which:DeadLettersInput!){replayDeadLetters(input:{which:$which}){replayed stored deduplicated refused}}",
}

export type DiscardDeadLettersResult = {
  discardDeadLetters: {
    discarded: number
  }
}
export type DiscardDeadLettersVariables = {
  which: DeadLettersInput
}
export const DiscardDeadLetters: Document<DiscardDeadLettersResult, DiscardDeadLettersVariables> = {
  name: 'DiscardDeadLetters',
  text: "mutation DiscardDeadLetters($which:DeadLettersInput!){discardDeadLetters(input:{which:$which}){discarded}}",
}

export type CreateSourceResult = {
  createSource: {
    source: {
      id: string
    }
  }
}
export type CreateSourceVariables = {
  input: CreateSourceInput
}
export const CreateSource: Document<CreateSourceResult, CreateSourceVariables> = {
  name: 'CreateSource',
  text: "mutation CreateSource($input:CreateSourceInput!){createSource(input:$input){source{id}}}",
}
