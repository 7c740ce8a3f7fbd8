// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from '../../client/document.ts'
import type { IdentifierNormaliser, Json, PreviewIdentifierTypeInput, UpdateConsentPurposeInput, UpdateIdentifierTypeInput } from '../../client/schema.ts'

export type IdentityPolicyResult = {
  identityPolicy: ({
    key: string
    normaliser: IdentifierNormaliser
    country: string | null
    priority: number
    max: number
    peopleLimit: number
    shared: boolean
    blocked: (string)[]
    weights: Json
    isChanged: boolean
  })[]
  consentPurposes: ({
    key: string
    name: string
    description: string | null
    channels: (string)[]
    isDefined: boolean
    retiredAt: string | null
    answers: ({
      channel: string
      granted: number
      denied: number
    })[]
  })[]
  sources: {
    nodes: ({
      id: string
      name: string
    })[]
  }
}
export type IdentityPolicyVariables = {}
export const IdentityPolicy: Document<IdentityPolicyResult, IdentityPolicyVariables> = {
  name: 'IdentityPolicy',
  text: "query IdentityPolicy{identityPolicy{key normaliser country priority max peopleLimit shared blocked weights isChanged}consentPurposes{key name description channels isDefined retiredAt answers{channel granted denied}}sources(first:200 orderBy:[{field:name}]){nodes{id name}}}",
}

export type IdentityPreviewResult = {
  previewIdentifierType: {
    mergeCount: number
    partCount: number
    people: number
    evaluated: number
    exact: boolean
    merges: ({
      profiles: ({
        id: string
        traits: Json
        identifiers: {
          nodes: ({
            id: string
            type: string
            value: string
          })[]
        }
      })[]
    })[]
    parts: ({
      parts: Json
      profile: {
        id: string
        traits: Json
        identifiers: {
          nodes: ({
            id: string
            type: string
            value: string
          })[]
        }
      } | null
    })[]
  }
}
export type IdentityPreviewVariables = {
  input: PreviewIdentifierTypeInput
}
export const IdentityPreview: Document<IdentityPreviewResult, IdentityPreviewVariables> = {
  name: 'IdentityPreview',
  text: "query IdentityPreview($input:PreviewIdentifierTypeInput!){previewIdentifierType(input:$input){mergeCount partCount people evaluated exact merges{profiles{id traits identifiers(first:4){nodes{id type value}}}}parts{parts profile{id traits identifiers(first:30){nodes{id type value}}}}}}",
}

export type IdentityReapplicationResult = {
  identityReapplication: {
    stage: string | null
    rows: number
    startedAt: string
    finishedAt: string | null
  } | null
}
export type IdentityReapplicationVariables = {}
export const IdentityReapplication: Document<IdentityReapplicationResult, IdentityReapplicationVariables> = {
  name: 'IdentityReapplication',
  text: "query IdentityReapplication{identityReapplication{stage rows startedAt finishedAt}}",
}

export type UpdateIdentifierTypeResult = {
  updateIdentifierType: {
    identifierType: {
      key: string
    }
  }
}
export type UpdateIdentifierTypeVariables = {
  input: UpdateIdentifierTypeInput
}
export const UpdateIdentifierType: Document<UpdateIdentifierTypeResult, UpdateIdentifierTypeVariables> = {
  name: 'UpdateIdentifierType',
  text: "mutation UpdateIdentifierType($input:UpdateIdentifierTypeInput!){updateIdentifierType(input:$input){identifierType{key}}}",
}

export type ResetIdentifierTypeResult = {
  resetIdentifierType: {
    reset: boolean
  }
}
export type ResetIdentifierTypeVariables = {
  key: string
}
export const ResetIdentifierType: Document<ResetIdentifierTypeResult, ResetIdentifierTypeVariables> = {
  name: 'ResetIdentifierType',
  text: "mutation ResetIdentifierType($key:String!){resetIdentifierType(input:{key:$key}){reset}}",
}

export type ReapplyIdentityPolicyResult = {
  reapplyIdentityPolicy: {
    job: {
      id: string
    } | null
  }
}
export type ReapplyIdentityPolicyVariables = {
  reason?: string | null
}
export const ReapplyIdentityPolicy: Document<ReapplyIdentityPolicyResult, ReapplyIdentityPolicyVariables> = {
  name: 'ReapplyIdentityPolicy',
  text: "mutation ReapplyIdentityPolicy($reason:String){reapplyIdentityPolicy(input:{reason:$reason}){job{id}}}",
}

export type UpdateConsentPurposeResult = {
  updateConsentPurpose: {
    purpose: {
      key: string
    }
  }
}
export type UpdateConsentPurposeVariables = {
  input: UpdateConsentPurposeInput
}
export const UpdateConsentPurpose: Document<UpdateConsentPurposeResult, UpdateConsentPurposeVariables> = {
  name: 'UpdateConsentPurpose',
  text: "mutation UpdateConsentPurpose($input:UpdateConsentPurposeInput!){updateConsentPurpose(input:$input){purpose{key}}}",
}
