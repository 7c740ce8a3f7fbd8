// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from '../../client/document.ts'
import type { ConsentState, Json, TraitSourceKind, TransitionKind } from '../../client/schema.ts'

export type PersonResult = {
  profile: {
    id: string
    traits: Json
    traitSources: ({
      trait: string
      at: string
      kind: TraitSourceKind
      event: {
        id: string
        source: {
          id: string
          name: string
        } | null
      } | null
    })[]
    firstSeen: string
    lastSeen: string
    identifiers: {
      totalCount: number
      nodes: ({
        id: string
        type: string
        value: string
        firstSeen: string
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
        since: string
        segment: {
          id: string
          key: string
          name: string
        } | null
      })[]
    }
    labels: {
      nodes: ({
        id: string
        value: Json
        since: string
        label: {
          id: string
          key: string
          name: string
        } | null
      })[]
    }
    consents: {
      nodes: ({
        id: string
        purpose: string
        channel: string
        state: ConsentState
        updatedAt: string
      })[]
    }
    accounts: {
      nodes: ({
        id: string
        name: string
      })[]
    }
    events: {
      totalCount: number
    }
  } | null
}
export type PersonVariables = {
  id: string
}
export const Person: Document<PersonResult, PersonVariables> = {
  name: 'Person',
  text: "query Person($id:ID!){profile(id:$id){id traits traitSources{trait at kind event{id source{id name}}}firstSeen lastSeen identifiers(first:100){totalCount nodes{id type value firstSeen}}contacts(first:1){nodes{firstName lastName}}segments(first:50){nodes{id since segment{id key name}}}labels(first:50){nodes{id value since label{id key name}}}consents(first:50){nodes{id purpose channel state updatedAt}}accounts(first:10){nodes{id name}}events(first:0){totalCount}}}",
}

export type TimelineResult = {
  objects: {
    nodes: ({
      key: string
      name: string
    })[]
  }
  profile: {
    id: string
    events: {
      nodes: ({
        id: string
        type: string
        name: string
        occurredAt: string
        receivedAt: string
        properties: Json
        traits: Json | null
        userId: string | null
        anonymousId: string | null
        identifiers: Json | null
        messageId: string | null
        source: {
          id: string
          name: string
        } | null
      })[]
      pageInfo: {
        hasNextPage: boolean
      }
    }
    transitions: {
      nodes: ({
        id: string
        at: string
        kind: TransitionKind
        fromValue: Json | null
        toValue: Json | null
        cause: string
        segment: {
          id: string
          key: string
          name: string
        } | null
        label: {
          id: string
          key: string
          name: string
        } | null
      })[]
      pageInfo: {
        hasNextPage: boolean
      }
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
      pageInfo: {
        hasNextPage: boolean
      }
    }
    records: {
      nodes: ({
        id: string
        object: string
        externalId: string | null
        occurredAt: string
        custom: Json
      })[]
      pageInfo: {
        hasNextPage: boolean
      }
    }
    activities: {
      nodes: ({
        id: string
        kind: string
        subject: string | null
        occurredAt: string
      })[]
      pageInfo: {
        hasNextPage: boolean
      }
    }
  } | null
}
export type TimelineVariables = {
  id: string
  first: number
}
export const Timeline: Document<TimelineResult, TimelineVariables> = {
  name: 'Timeline',
  text: "query Timeline($id:ID!$first:Int!){objects(first:100){nodes{key name}}profile(id:$id){id events(first:$first){nodes{id type name occurredAt receivedAt properties traits userId anonymousId identifiers messageId source{id name}}pageInfo{hasNextPage}}transitions(first:$first){nodes{id at kind fromValue toValue cause segment{id key name}label{id key name}}pageInfo{hasNextPage}}orders(first:$first orderBy:[{field:placedAt direction:DESC}]){nodes{id number status amount currency placedAt}pageInfo{hasNextPage}}records(first:$first orderBy:[{field:occurredAt direction:DESC}]){nodes{id object externalId occurredAt custom}pageInfo{hasNextPage}}activities(first:$first orderBy:[{field:occurredAt direction:DESC}]){nodes{id kind subject occurredAt}pageInfo{hasNextPage}}}}",
}

export type RecordsResult = {
  objects: {
    nodes: ({
      key: string
      name: string
      plural: string
    })[]
  }
  profile: {
    id: string
    records: {
      nodes: ({
        id: string
        object: string
        externalId: string | null
        occurredAt: string
        custom: Json
      })[]
    }
    contacts: {
      nodes: ({
        id: string
        externalId: string | null
        firstName: string | null
        lastName: string | null
        email: string | null
        title: string | null
        stage: string | null
        owner: string | null
        account: {
          id: string
          name: string
        } | null
      })[]
    }
    leads: {
      nodes: ({
        id: string
        company: string | null
        status: string
        origin: string | null
        score: string | null
        owner: string | null
        createdAt: string
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
    orders: {
      totalCount: number
      nodes: ({
        id: string
        number: string | null
        status: string
        amount: string
        currency: string
        placedAt: string
        items: {
          nodes: ({
            id: string
            sku: string
            name: string | null
            quantity: string
            unitPrice: string
            currency: string
          })[]
        }
      })[]
    }
    contracts: {
      nodes: ({
        id: string
        name: string
        status: string
        amount: string | null
        currency: string | null
        startsAt: string | null
        endsAt: string | null
      })[]
    }
    memberships: {
      nodes: ({
        id: string
        program: string
        tier: string | null
        points: string | null
        status: string
        startsAt: string | null
      })[]
    }
    tickets: {
      nodes: ({
        id: string
        subject: string
        status: string
        priority: string | null
        channel: string | null
        openedAt: string | null
        closedAt: string | null
      })[]
    }
  } | null
}
export type RecordsVariables = {
  id: string
}
export const Records: Document<RecordsResult, RecordsVariables> = {
  name: 'Records',
  text: "query Records($id:ID!){objects(first:100){nodes{key name plural}}profile(id:$id){id records(first:100 orderBy:[{field:occurredAt direction:DESC}]){nodes{id object externalId occurredAt custom}}contacts(first:20){nodes{id externalId firstName lastName email title stage owner account{id name}}}leads(first:20){nodes{id company status origin score owner createdAt}}opportunities(first:20){nodes{id name stage amount currency closeDate}}orders(first:50 orderBy:[{field:placedAt direction:DESC}]){totalCount nodes{id number status amount currency placedAt items(first:20){nodes{id sku name quantity unitPrice currency}}}}contracts(first:20){nodes{id name status amount currency startsAt endsAt}}memberships(first:20){nodes{id program tier points status startsAt}}tickets(first:20){nodes{id subject status priority channel openedAt closedAt}}}}",
}
