// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from '../../client/document.ts'
import type { Json } from '../../client/schema.ts'

export type Node = {
  depth: number
  path: (string)[]
  node: string
  rule: Json
  holds: boolean
  until: string | null
  found: Json | null
  evidence: ({
    kind: string
    id: string
    at: string | null
    data: Json
  })[]
}

export type WhySegmentResult = {
  explainSegment: {
    at: string
    value: Json | null
    until: string | null
    sql: string
    nodes: ({
      depth: number
      path: (string)[]
      node: string
      rule: Json
      holds: boolean
      until: string | null
      found: Json | null
      evidence: ({
        kind: string
        id: string
        at: string | null
        data: Json
      })[]
    })[]
  } | null
  segment: {
    id: string
    key: string
    name: string
  } | null
}
export type WhySegmentVariables = {
  key: string
  profileId: string
}
export const WhySegment: Document<WhySegmentResult, WhySegmentVariables> = {
  name: 'WhySegment',
  text: "query WhySegment($key:String!$profileId:ID!){explainSegment(key:$key profileId:$profileId){at value until sql nodes{...Node}}segment(key:$key){id key name}}fragment Node on RuleNodeAnswer{depth path node rule holds until found evidence{kind id at data}}",
}

export type WhyLabelResult = {
  explainLabel: {
    at: string
    value: Json | null
    until: string | null
    sql: string
    nodes: ({
      depth: number
      path: (string)[]
      node: string
      rule: Json
      holds: boolean
      until: string | null
      found: Json | null
      evidence: ({
        kind: string
        id: string
        at: string | null
        data: Json
      })[]
    })[]
  } | null
  label: {
    id: string
    key: string
    name: string
  } | null
}
export type WhyLabelVariables = {
  key: string
  profileId: string
}
export const WhyLabel: Document<WhyLabelResult, WhyLabelVariables> = {
  name: 'WhyLabel',
  text: "query WhyLabel($key:String!$profileId:ID!){explainLabel(key:$key profileId:$profileId){at value until sql nodes{...Node}}label(key:$key){id key name}}fragment Node on RuleNodeAnswer{depth path node rule holds until found evidence{kind id at data}}",
}

export type DefinitionsResult = {
  segments: {
    nodes: ({
      id: string
      key: string
      name: string
    })[]
  }
}
export type DefinitionsVariables = {}
export const Definitions: Document<DefinitionsResult, DefinitionsVariables> = {
  name: 'Definitions',
  text: "query Definitions{segments(first:200 orderBy:[{field:name}]filter:{status:{ne:ARCHIVED}}){nodes{id key name}}}",
}
