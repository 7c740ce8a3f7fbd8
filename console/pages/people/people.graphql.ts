// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from '../../client/document.ts'
import type { Json, ProfileFilter, ProfileOrder } from '../../client/schema.ts'

export type PeopleResult = {
  profiles: {
    nodes: ({
      id: string
      traits: Json
      lastSeen: string
      firstSeen: string
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
      segments: {
        nodes: ({
          id: string
          segment: {
            key: string
            name: string
          } | null
        })[]
      }
    })[]
    pageInfo: {
      hasNextPage: boolean
      hasPreviousPage: boolean
      startCursor: string | null
      endCursor: string | null
    }
  }
}
export type PeopleVariables = {
  filter?: ProfileFilter | null
  orderBy?: (ProfileOrder)[] | null
  first?: number | null
  after?: string | null
  last?: number | null
  before?: string | null
}
export const People: Document<PeopleResult, PeopleVariables> = {
  name: 'People',
  text: "query People($filter:ProfileFilter$orderBy:[ProfileOrder!]$first:Int$after:String$last:Int$before:String){profiles(filter:$filter orderBy:$orderBy first:$first after:$after last:$last before:$before){nodes{id traits lastSeen firstSeen identifiers(first:5){nodes{type value}}contacts(first:1){nodes{firstName lastName}}segments(first:4){nodes{id segment{key name}}}}pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}}",
}

export type PeopleCountResult = {
  profiles: {
    totalCount: number
  }
}
export type PeopleCountVariables = {
  filter?: ProfileFilter | null
}
export const PeopleCount: Document<PeopleCountResult, PeopleCountVariables> = {
  name: 'PeopleCount',
  text: "query PeopleCount($filter:ProfileFilter){profiles(filter:$filter first:0){totalCount}}",
}

export type SegmentNamesResult = {
  segments: {
    nodes: ({
      id: string
      key: string
      name: string
    })[]
  }
}
export type SegmentNamesVariables = {}
export const SegmentNames: Document<SegmentNamesResult, SegmentNamesVariables> = {
  name: 'SegmentNames',
  text: "query SegmentNames{segments(first:200 orderBy:[{field:name}]filter:{status:{ne:ARCHIVED}}){nodes{id key name}}}",
}
