// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from '../../client/document.ts'
import type { Json, TransitionCause, TransitionKind } from '../../client/schema.ts'

export type Mover = {
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
}

export type SegmentHistoryResult = {
  segment: {
    id: string
    transitions: {
      nodes: ({
        id: string
        at: string
        kind: TransitionKind
        cause: string
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
        account: {
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
  } | null
}
export type SegmentHistoryVariables = {
  key: string
  first?: number | null
  after?: string | null
  last?: number | null
  before?: string | null
}
export const SegmentHistory: Document<SegmentHistoryResult, SegmentHistoryVariables> = {
  name: 'SegmentHistory',
  text: "query SegmentHistory($key:String!$first:Int$after:String$last:Int$before:String){segment(key:$key){id transitions(first:$first after:$after last:$last before:$before){nodes{id at kind cause profile{...Mover}account{id name}}pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}}}fragment Mover on Profile{id traits identifiers(first:5){nodes{type value}}contacts(first:1){nodes{firstName lastName}}}",
}

export type SegmentEntriesResult = {
  segmentEntered: {
    cursor: string
    at: string | null
    cause: TransitionCause | null
    transitionId: string | null
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
    account: {
      id: string
      name: string
    } | null
  }
}
export type SegmentEntriesVariables = {
  key: string
  after?: string | null
}
export const SegmentEntries: Document<SegmentEntriesResult, SegmentEntriesVariables> = {
  name: 'SegmentEntries',
  text: "subscription SegmentEntries($key:String!$after:String){segmentEntered(segment:$key after:$after){cursor at cause transitionId profile{...Mover}account{id name}}}fragment Mover on Profile{id traits identifiers(first:5){nodes{type value}}contacts(first:1){nodes{firstName lastName}}}",
}
