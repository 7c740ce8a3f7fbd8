// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from '../../client/document.ts'
import type { Json } from '../../client/schema.ts'

export type AccountResult = {
  objects: {
    nodes: ({
      key: string
      name: string
      plural: string
    })[]
  }
  account: {
    id: string
    externalId: string | null
    name: string
    domain: string | null
    industry: string | null
    employees: number | null
    owner: string | null
    custom: Json
    createdAt: string
    updatedAt: string
    parent: {
      id: string
      name: string
    } | null
    segments: {
      nodes: ({
        id: string
        since: string
        segment: {
          key: string
          name: string
        } | null
      })[]
    }
    labels: {
      nodes: ({
        id: string
        value: Json
        label: {
          key: string
          name: string
        } | null
      })[]
    }
    children: {
      nodes: ({
        id: string
        name: string
      })[]
    }
    profiles: {
      totalCount: number
      nodes: ({
        id: string
        traits: Json
        lastSeen: string
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
            title: string | null
          })[]
        }
      })[]
    }
    opportunities: {
      nodes: ({
        id: string
        name: string
        stage: string
        amount: string | null
        currency: string | null
        closeDate: string | null
      })[]
    }
    contracts: {
      nodes: ({
        id: string
        name: string
        status: string
        amount: string | null
        currency: string | null
        endsAt: string | null
      })[]
    }
    orders: {
      nodes: ({
        id: string
        number: string | null
        status: string
        amount: string
        currency: string
        placedAt: string
      })[]
    }
    tickets: {
      nodes: ({
        id: string
        subject: string
        status: string
        priority: string | null
        openedAt: string | null
      })[]
    }
    records: {
      nodes: ({
        id: string
        object: string
        externalId: string | null
        occurredAt: string
        custom: Json
      })[]
    }
    activities: {
      nodes: ({
        id: string
        kind: string
        subject: string | null
        owner: string | null
        occurredAt: string
      })[]
    }
  } | null
}
export type AccountVariables = {
  id: string
}
export const Account: Document<AccountResult, AccountVariables> = {
  name: 'Account',
  text: "query Account($id:ID!){objects(first:100){nodes{key name plural}}account(id:$id){id externalId name domain industry employees owner custom createdAt updatedAt parent{id name}segments(first:50){nodes{id since segment{key name}}}labels(first:50){nodes{id value label{key name}}}children(first:50){nodes{id name}}profiles(first:50 orderBy:[{field:lastSeen direction:DESC}]){totalCount nodes{id traits lastSeen identifiers(first:4){nodes{type value}}contacts(first:1){nodes{firstName lastName title}}}}opportunities(first:20){nodes{id name stage amount currency closeDate}}contracts(first:20){nodes{id name status amount currency endsAt}}orders(first:20 orderBy:[{field:placedAt direction:DESC}]){nodes{id number status amount currency placedAt}}tickets(first:20){nodes{id subject status priority openedAt}}records(first:100 orderBy:[{field:occurredAt direction:DESC}]){nodes{id object externalId occurredAt custom}}activities(first:20 orderBy:[{field:occurredAt direction:DESC}]){nodes{id kind subject owner occurredAt}}}}",
}
