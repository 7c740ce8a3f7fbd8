// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from '../../client/document.ts'
import type { CreateSegmentInput, DefinitionStatus, DefinitionSubject, Json, UpdateSegmentInput } from '../../client/schema.ts'

export type PreviewGroup = {
  count: number
  profiles: ({
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
  accounts: ({
    id: string
    name: string
  })[]
}

export type PreviewPerson = {
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

export type SegmentResult = {
  segment: {
    id: string
    key: string
    name: string
    description: string | null
    subject: DefinitionSubject
    status: DefinitionStatus
    complete: boolean
    backfill: {
      done: number
      total: number
    } | null
    rule: Json
    version: number
    size: number
    createdAt: string
    updatedAt: string
  } | null
}
export type SegmentVariables = {
  key: string
}
export const Segment: Document<SegmentResult, SegmentVariables> = {
  name: 'Segment',
  text: "query Segment($key:String!){segment(key:$key){id key name description subject status complete backfill{done total}rule version size createdAt updatedAt}}",
}

export type MembersResult = {
  segment: {
    id: string
    members: {
      nodes: ({
        id: string
        since: string
        profile: {
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
  } | null
}
export type MembersVariables = {
  key: string
  asOf?: string | null
  first?: number | null
  after?: string | null
  last?: number | null
  before?: string | null
}
export const Members: Document<MembersResult, MembersVariables> = {
  name: 'Members',
  text: "query Members($key:String!$asOf:DateTime$first:Int$after:String$last:Int$before:String){segment(key:$key){id members(asOf:$asOf first:$first after:$after last:$last before:$before){nodes{id since profile{id traits lastSeen identifiers(first:5){nodes{type value}}contacts(first:1){nodes{firstName lastName}}}}pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}}}",
}

export type AccountMembersResult = {
  segment: {
    id: string
    accounts: {
      nodes: ({
        id: string
        since: string
        account: {
          id: string
          name: string
          industry: string | null
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
export type AccountMembersVariables = {
  key: string
  asOf?: string | null
  first?: number | null
  after?: string | null
  last?: number | null
  before?: string | null
}
export const AccountMembers: Document<AccountMembersResult, AccountMembersVariables> = {
  name: 'AccountMembers',
  text: "query AccountMembers($key:String!$asOf:DateTime$first:Int$after:String$last:Int$before:String){segment(key:$key){id accounts(asOf:$asOf first:$first after:$after last:$last before:$before){nodes{id since account{id name industry}}pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}}}",
}

export type CreateSegmentResult = {
  createSegment: {
    segment: {
      id: string
      key: string
    }
  }
}
export type CreateSegmentVariables = {
  input: CreateSegmentInput
}
export const CreateSegment: Document<CreateSegmentResult, CreateSegmentVariables> = {
  name: 'CreateSegment',
  text: "mutation CreateSegment($input:CreateSegmentInput!){createSegment(input:$input){segment{id key}}}",
}

export type UpdateSegmentResult = {
  updateSegment: {
    segment: {
      id: string
      key: string
    }
  }
}
export type UpdateSegmentVariables = {
  input: UpdateSegmentInput
}
export const UpdateSegment: Document<UpdateSegmentResult, UpdateSegmentVariables> = {
  name: 'UpdateSegment',
  text: "mutation UpdateSegment($input:UpdateSegmentInput!){updateSegment(input:$input){segment{id key}}}",
}

export type PauseSegmentResult = {
  pauseSegment: {
    segment: {
      id: string
    }
  }
}
export type PauseSegmentVariables = {
  id: string
}
export const PauseSegment: Document<PauseSegmentResult, PauseSegmentVariables> = {
  name: 'PauseSegment',
  text: "mutation PauseSegment($id:ID!){pauseSegment(input:{id:$id}){segment{id}}}",
}

export type ResumeSegmentResult = {
  resumeSegment: {
    segment: {
      id: string
    }
  }
}
export type ResumeSegmentVariables = {
  id: string
}
export const ResumeSegment: Document<ResumeSegmentResult, ResumeSegmentVariables> = {
  name: 'ResumeSegment',
  text: "mutation ResumeSegment($id:ID!){resumeSegment(input:{id:$id}){segment{id}}}",
}

export type ArchiveSegmentResult = {
  archiveSegment: {
    segment: {
      id: string
    }
  }
}
export type ArchiveSegmentVariables = {
  id: string
}
export const ArchiveSegment: Document<ArchiveSegmentResult, ArchiveSegmentVariables> = {
  name: 'ArchiveSegment',
  text: "mutation ArchiveSegment($id:ID!){archiveSegment(input:{id:$id}){segment{id}}}",
}

export type PreviewSegmentResult = {
  previewSegment: {
    people: number
    evaluated: number
    exact: boolean
    margin: number
    matching: {
      count: number
      profiles: ({
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
      accounts: ({
        id: string
        name: string
      })[]
    }
    entering: {
      count: number
      profiles: ({
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
      accounts: ({
        id: string
        name: string
      })[]
    }
    leaving: {
      count: number
      profiles: ({
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
      accounts: ({
        id: string
        name: string
      })[]
    }
  }
}
export type PreviewSegmentVariables = {
  rule: Json
  subject?: DefinitionSubject | null
  segmentId?: string | null
}
export const PreviewSegment: Document<PreviewSegmentResult, PreviewSegmentVariables> = {
  name: 'PreviewSegment',
  text: "query PreviewSegment($rule:JSON!$subject:DefinitionSubject$segmentId:ID){previewSegment(rule:$rule subject:$subject segmentId:$segmentId name:6){people evaluated exact margin matching{...PreviewGroup}entering{...PreviewGroup}leaving{...PreviewGroup}}}fragment PreviewGroup on PreviewGroup{count profiles{...PreviewPerson}accounts{id name}}fragment PreviewPerson on Profile{id traits identifiers(first:3){nodes{type value}}contacts(first:1){nodes{firstName lastName}}}",
}

export type MembersFileResult = {
  segment: {
    id: string
    members: {
      nodes: ({
        id: string
        since: string
        profile: {
          id: string
          traits: Json
          lastSeen: string
          identifiers: {
            nodes: ({
              type: string
              value: string
            })[]
          }
        } | null
      })[]
      pageInfo: {
        hasNextPage: boolean
        endCursor: string | null
      }
    }
  } | null
}
export type MembersFileVariables = {
  key: string
  asOf?: string | null
  first: number
  after?: string | null
}
export const MembersFile: Document<MembersFileResult, MembersFileVariables> = {
  name: 'MembersFile',
  text: "query MembersFile($key:String!$asOf:DateTime$first:Int!$after:String){segment(key:$key){id members(asOf:$asOf first:$first after:$after){nodes{id since profile{id traits lastSeen identifiers(first:10){nodes{type value}}}}pageInfo{hasNextPage endCursor}}}}",
}

export type AccountsFileResult = {
  segment: {
    id: string
    accounts: {
      nodes: ({
        id: string
        since: string
        account: {
          id: string
          name: string
          externalId: string | null
          domain: string | null
          industry: string | null
          employees: number | null
          owner: string | null
        } | null
      })[]
      pageInfo: {
        hasNextPage: boolean
        endCursor: string | null
      }
    }
  } | null
}
export type AccountsFileVariables = {
  key: string
  asOf?: string | null
  first: number
  after?: string | null
}
export const AccountsFile: Document<AccountsFileResult, AccountsFileVariables> = {
  name: 'AccountsFile',
  text: "query AccountsFile($key:String!$asOf:DateTime$first:Int!$after:String){segment(key:$key){id accounts(asOf:$asOf first:$first after:$after){nodes{id since account{id name externalId domain industry employees owner}}pageInfo{hasNextPage endCursor}}}}",
}
