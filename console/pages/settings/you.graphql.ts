// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from '../../client/document.ts'
import type { Role } from '../../client/schema.ts'

export type YouResult = {
  viewer: {
    member: {
      id: string
      email: string
      name: string
      role: Role
      sessions: {
        nodes: ({
          id: string
          browser: string | null
          createdAt: string
          seenAt: string
          expiresAt: string
          current: boolean
        })[]
      }
    } | null
  }
}
export type YouVariables = {}
export const You: Document<YouResult, YouVariables> = {
  name: 'You',
  text: "query You{viewer{member{id email name role sessions(first:50 orderBy:[{field:seenAt direction:DESC}]){nodes{id browser createdAt seenAt expiresAt current}}}}}",
}

export type EndSessionResult = {
  endSession: {
    endedId: string
  }
}
export type EndSessionVariables = {
  id: string
}
export const EndSession: Document<EndSessionResult, EndSessionVariables> = {
  name: 'EndSession',
  text: "mutation EndSession($id:ID!){endSession(input:{id:$id}){endedId}}",
}
