// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from '../../client/document.ts'
import type { AccountFilter, AccountOrder } from '../../client/schema.ts'

export type AccountsResult = {
  accounts: {
    totalCount: number
    nodes: ({
      id: string
      name: string
      domain: string | null
      industry: string | null
      employees: number | null
      owner: string | null
      updatedAt: string
      parent: {
        id: string
        name: string
      } | null
      profiles: {
        totalCount: number
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
export type AccountsVariables = {
  filter?: AccountFilter | null
  orderBy?: (AccountOrder)[] | null
  first?: number | null
  after?: string | null
  last?: number | null
  before?: string | null
}
export const Accounts: Document<AccountsResult, AccountsVariables> = {
  name: 'Accounts',
  text: "query Accounts($filter:AccountFilter$orderBy:[AccountOrder!]$first:Int$after:String$last:Int$before:String){accounts(filter:$filter orderBy:$orderBy first:$first after:$after last:$last before:$before){totalCount nodes{id name domain industry employees owner updatedAt parent{id name}profiles(first:0){totalCount}}pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}}",
}
