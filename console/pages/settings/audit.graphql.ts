// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from '../../client/document.ts'
import type { AuditAction, AuditActorKind, AuditEntryFilter, Json } from '../../client/schema.ts'

export type AuditLogResult = {
  auditLog: {
    pageInfo: {
      hasNextPage: boolean
      hasPreviousPage: boolean
      startCursor: string | null
      endCursor: string | null
    }
    nodes: ({
      id: string
      at: string
      action: AuditAction
      object: string
      objectId: string | null
      before: Json | null
      after: Json | null
      actorKind: AuditActorKind
      actorName: string | null
      sqlRole: string
      requestId: string | null
      key: {
        id: string
        name: string
      } | null
    })[]
  }
}
export type AuditLogVariables = {
  filter?: AuditEntryFilter | null
  first?: number | null
  after?: string | null
  last?: number | null
  before?: string | null
}
export const AuditLog: Document<AuditLogResult, AuditLogVariables> = {
  name: 'AuditLog',
  text: "query AuditLog($filter:AuditEntryFilter$first:Int$after:String$last:Int$before:String){auditLog(filter:$filter first:$first after:$after last:$last before:$before){pageInfo{hasNextPage hasPreviousPage startCursor endCursor}nodes{id at action object objectId before after actorKind actorName sqlRole requestId key{id name}}}}",
}
