// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from '../../client/document.ts'
import type { CreateLabelInput, DefinitionStatus, DefinitionSubject, Json, LabelValueFilter, UpdateLabelInput } from '../../client/schema.ts'

export type LabelResult = {
  label: {
    id: string
    key: string
    name: string
    description: string | null
    status: DefinitionStatus
    complete: boolean
    backfill: {
      done: number
      total: number
    } | null
    rule: Json
    version: number
    subject: DefinitionSubject
    values: {
      totalCount: number
    }
    accounts: {
      totalCount: number
    }
  } | null
}
export type LabelVariables = {
  key: string
}
export const Label: Document<LabelResult, LabelVariables> = {
  name: 'Label',
  text: "query Label($key:String!){label(key:$key){id key name description status complete backfill{done total}rule version subject values(first:0){totalCount}accounts(first:0){totalCount}}}",
}

export type LabelValuesResult = {
  label: {
    id: string
    values: {
      totalCount: number
      nodes: ({
        id: string
        value: Json
        since: string
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
  } | null
}
export type LabelValuesVariables = {
  key: string
  filter?: LabelValueFilter | null
  first?: number | null
  after?: string | null
  last?: number | null
  before?: string | null
}
export const LabelValues: Document<LabelValuesResult, LabelValuesVariables> = {
  name: 'LabelValues',
  text: "query LabelValues($key:String!$filter:LabelValueFilter$first:Int$after:String$last:Int$before:String){label(key:$key){id values(filter:$filter first:$first after:$after last:$last before:$before){totalCount nodes{id value since profile{id traits identifiers(first:5){nodes{type value}}contacts(first:1){nodes{firstName lastName}}}}pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}}}",
}

export type LabelAccountsResult = {
  label: {
    id: string
    accounts: {
      totalCount: number
      nodes: ({
        id: string
        value: Json
        since: string
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
export type LabelAccountsVariables = {
  key: string
  first?: number | null
  after?: string | null
  last?: number | null
  before?: string | null
}
export const LabelAccounts: Document<LabelAccountsResult, LabelAccountsVariables> = {
  name: 'LabelAccounts',
  text: "query LabelAccounts($key:String!$first:Int$after:String$last:Int$before:String){label(key:$key){id accounts(first:$first after:$after last:$last before:$before){totalCount nodes{id value since account{id name}}pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}}}",
}

export type LabelHistoryResult = {
  label: {
    id: string
    transitions: {
      nodes: ({
        id: string
        at: string
        fromValue: Json | null
        toValue: Json | null
        cause: string
        account: {
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
  } | null
}
export type LabelHistoryVariables = {
  key: string
  first?: number | null
  after?: string | null
  last?: number | null
  before?: string | null
}
export const LabelHistory: Document<LabelHistoryResult, LabelHistoryVariables> = {
  name: 'LabelHistory',
  text: "query LabelHistory($key:String!$first:Int$after:String$last:Int$before:String){label(key:$key){id transitions(first:$first after:$after last:$last before:$before){nodes{id at fromValue toValue cause account{id name}profile{id traits identifiers(first:5){nodes{type value}}contacts(first:1){nodes{firstName lastName}}}}pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}}}",
}

export type CreateLabelResult = {
  createLabel: {
    label: {
      id: string
      key: string
    }
  }
}
export type CreateLabelVariables = {
  input: CreateLabelInput
}
export const CreateLabel: Document<CreateLabelResult, CreateLabelVariables> = {
  name: 'CreateLabel',
  text: "mutation CreateLabel($input:CreateLabelInput!){createLabel(input:$input){label{id key}}}",
}

export type UpdateLabelResult = {
  updateLabel: {
    label: {
      id: string
      key: string
    }
  }
}
export type UpdateLabelVariables = {
  input: UpdateLabelInput
}
export const UpdateLabel: Document<UpdateLabelResult, UpdateLabelVariables> = {
  name: 'UpdateLabel',
  text: "mutation UpdateLabel($input:UpdateLabelInput!){updateLabel(input:$input){label{id key}}}",
}

export type PauseLabelResult = {
  pauseLabel: {
    label: {
      id: string
    }
  }
}
export type PauseLabelVariables = {
  id: string
}
export const PauseLabel: Document<PauseLabelResult, PauseLabelVariables> = {
  name: 'PauseLabel',
  text: "mutation PauseLabel($id:ID!){pauseLabel(input:{id:$id}){label{id}}}",
}

export type ResumeLabelResult = {
  resumeLabel: {
    label: {
      id: string
    }
  }
}
export type ResumeLabelVariables = {
  id: string
}
export const ResumeLabel: Document<ResumeLabelResult, ResumeLabelVariables> = {
  name: 'ResumeLabel',
  text: "mutation ResumeLabel($id:ID!){resumeLabel(input:{id:$id}){label{id}}}",
}

export type ArchiveLabelResult = {
  archiveLabel: {
    label: {
      id: string
    }
  }
}
export type ArchiveLabelVariables = {
  id: string
}
export const ArchiveLabel: Document<ArchiveLabelResult, ArchiveLabelVariables> = {
  name: 'ArchiveLabel',
  text: "mutation ArchiveLabel($id:ID!){archiveLabel(input:{id:$id}){label{id}}}",
}
