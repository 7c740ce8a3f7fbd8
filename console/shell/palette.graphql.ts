// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from '../client/document.ts'
import type { Json, ProfileFilter } from '../client/schema.ts'

export type FindResult = {
  profiles: {
    nodes: ({
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
    })[]
  }
  segments: {
    nodes: ({
      id: string
      key: string
      name: string
    })[]
  }
  labels: {
    nodes: ({
      id: string
      key: string
      name: string
    })[]
  }
  accounts: {
    nodes: ({
      id: string
      name: string
    })[]
  }
}
export type FindVariables = {
  filter: ProfileFilter
  text: string
}
export const Find: Document<FindResult, FindVariables> = {
  name: 'Find',
  text: "query Find($filter:ProfileFilter!$text:String!){profiles(filter:$filter first:6){nodes{id traits identifiers(first:3){nodes{type value}}contacts(first:1){nodes{firstName lastName}}}}segments(first:4 filter:{name:{contains:$text ignoreCase:true}}){nodes{id key name}}labels(first:4 filter:{name:{contains:$text ignoreCase:true}}){nodes{id key name}}accounts(first:4 filter:{name:{contains:$text ignoreCase:true}}){nodes{id name}}}",
}
