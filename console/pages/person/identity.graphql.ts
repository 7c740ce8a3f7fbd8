// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from '../../client/document.ts'
import type { Json, MergeKind, MergeProfilesInput, ProfileFilter, SplitProfileInput, UndoMergeInput } from '../../client/schema.ts'

export type MergeHistoryResult = {
  profile: {
    id: string
    mergeHistory: {
      nodes: ({
        id: string
        at: string
        kind: MergeKind
        cause: string
        evidence: Json
        undoneAt: string | null
        profile: {
          id: string
        } | null
        into: {
          id: string
        } | null
        identifiers: ({
          id: string
          type: string
          value: string
        })[]
      })[]
    }
  } | null
}
export type MergeHistoryVariables = {
  id: string
}
export const MergeHistory: Document<MergeHistoryResult, MergeHistoryVariables> = {
  name: 'MergeHistory',
  text: "query MergeHistory($id:ID!){profile(id:$id){id mergeHistory(first:50){nodes{id at kind cause evidence undoneAt profile{id}into{id}identifiers{id type value}}}}}",
}

export type WhyOnePersonResult = {
  explainIdentity: {
    samePerson: boolean
    path: ({
      from: {
        id: string
        type: string
        value: string
      } | null
      to: {
        id: string
        type: string
        value: string
      } | null
      said: ({
        source: string
        firstSeen: string
        lastSeen: string
        count: number
      })[]
      events: ({
        id: string
        occurredAt: string
        type: string
        name: string
      })[]
      records: ({
        id: string
        kind: string
        createdAt: string
      })[]
    })[]
  }
  sources: {
    nodes: ({
      id: string
      name: string
    })[]
  }
}
export type WhyOnePersonVariables = {
  from: string
  to: string
}
export const WhyOnePerson: Document<WhyOnePersonResult, WhyOnePersonVariables> = {
  name: 'WhyOnePerson',
  text: "query WhyOnePerson($from:ID!$to:ID!){explainIdentity(from:$from to:$to){samePerson path{from{id type value}to{id type value}said{source firstSeen lastSeen count}events{id occurredAt type name}records{id kind createdAt}}}sources(first:200){nodes{id name}}}",
}

export type MergeCandidatesResult = {
  profiles: {
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
        })[]
      }
    })[]
  }
}
export type MergeCandidatesVariables = {
  filter: ProfileFilter
}
export const MergeCandidates: Document<MergeCandidatesResult, MergeCandidatesVariables> = {
  name: 'MergeCandidates',
  text: "query MergeCandidates($filter:ProfileFilter!){profiles(filter:$filter first:6){nodes{id traits lastSeen identifiers(first:4){nodes{type value}}contacts(first:1){nodes{firstName lastName}}}}}",
}

export type MergeProfilesResult = {
  mergeProfiles: {
    profile: {
      id: string
    } | null
  }
}
export type MergeProfilesVariables = {
  input: MergeProfilesInput
}
export const MergeProfiles: Document<MergeProfilesResult, MergeProfilesVariables> = {
  name: 'MergeProfiles',
  text: "mutation MergeProfiles($input:MergeProfilesInput!){mergeProfiles(input:$input){profile{id}}}",
}

export type SplitProfileResult = {
  splitProfile: {
    profile: {
      id: string
    } | null
  }
}
export type SplitProfileVariables = {
  input: SplitProfileInput
}
export const SplitProfile: Document<SplitProfileResult, SplitProfileVariables> = {
  name: 'SplitProfile',
  text: "mutation SplitProfile($input:SplitProfileInput!){splitProfile(input:$input){profile{id}}}",
}

export type UndoMergeResult = {
  undoMerge: {
    profile: {
      id: string
    } | null
  }
}
export type UndoMergeVariables = {
  input: UndoMergeInput
}
export const UndoMerge: Document<UndoMergeResult, UndoMergeVariables> = {
  name: 'UndoMerge',
  text: "mutation UndoMerge($input:UndoMergeInput!){undoMerge(input:$input){profile{id}}}",
}

export type ExportProfileResult = {
  exportProfile: Json
}
export type ExportProfileVariables = {
  profileId: string
}
export const ExportProfile: Document<ExportProfileResult, ExportProfileVariables> = {
  name: 'ExportProfile',
  text: "query ExportProfile($profileId:ID!){exportProfile(profileId:$profileId)}",
}

export type EraseProfileResult = {
  eraseProfile: {
    erasure: {
      id: string
    } | null
  }
}
export type EraseProfileVariables = {
  profileId: string
}
export const EraseProfile: Document<EraseProfileResult, EraseProfileVariables> = {
  name: 'EraseProfile',
  text: "mutation EraseProfile($profileId:ID!){eraseProfile(input:{profileId:$profileId}){erasure{id}}}",
}
