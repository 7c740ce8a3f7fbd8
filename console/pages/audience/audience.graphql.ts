// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from '../../client/document.ts'
import type { AudienceInput, DefinitionSubject, Json } from '../../client/schema.ts'

export type AudienceSegmentsResult = {
  segments: {
    nodes: ({
      id: string
      key: string
      name: string
      size: number
    })[]
  }
}
export type AudienceSegmentsVariables = {
  subject: DefinitionSubject
}
export const AudienceSegments: Document<AudienceSegmentsResult, AudienceSegmentsVariables> = {
  name: 'AudienceSegments',
  text: "query AudienceSegments($subject:DefinitionSubject!){segments(first:500 filter:{status:{ne:ARCHIVED}subject:{eq:$subject}}orderBy:[{field:name}]){nodes{id key name size}}}",
}

export type AudienceResult = {
  audience: {
    count: number
    people: number
    overlap: ({
      size: number
      both: number
      similarity: number
      segment: {
        id: string
        key: string
        name: string
      }
    })[]
    regions: ({
      count: number
      segments: ({
        id: string
        key: string
        name: string
      })[]
    })[]
  }
}
export type AudienceVariables = {
  where: AudienceInput
  subject: DefinitionSubject
  withRegions: boolean
}
export const Audience: Document<AudienceResult, AudienceVariables> = {
  name: 'Audience',
  text: "query Audience($where:AudienceInput!$subject:DefinitionSubject!$withRegions:Boolean!){audience(where:$where subject:$subject){count people overlap{size both similarity segment{id key name}}regions@include(if:$withRegions){count segments{id key name}}}}",
}

export type AudienceSampleResult = {
  audience: {
    sampleAccounts: ({
      id: string
      name: string
      industry: string | null
    })[]
    sample: ({
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
export type AudienceSampleVariables = {
  where: AudienceInput
  subject: DefinitionSubject
  draw: number
}
export const AudienceSample: Document<AudienceSampleResult, AudienceSampleVariables> = {
  name: 'AudienceSample',
  text: "query AudienceSample($where:AudienceInput!$subject:DefinitionSubject!$draw:Int!){audience(where:$where subject:$subject){sampleAccounts(size:$draw){id name industry}sample(size:$draw){id traits lastSeen identifiers(first:5){nodes{type value}}contacts(first:1){nodes{firstName lastName}}}}}",
}
