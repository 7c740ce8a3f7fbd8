// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from '../../client/document.ts'
import type { BehaviorDraft, BehaviorMode, BehaviorOutcome, CreateBehaviorInput, Json, UpdateBehaviorInput } from '../../client/schema.ts'

export type BehaviorsResult = {
  behaviors: {
    nodes: ({
      id: string
      name: string
      mode: BehaviorMode
      samplePercent: number | null
      retentionDays: number | null
      purpose: string | null
      schema: Json
    })[]
  }
  behaviorCounts: ({
    name: string
    outcome: BehaviorOutcome
    count: number
    lastAt: string
  })[]
}
export type BehaviorsVariables = {
  days: number
}
export const Behaviors: Document<BehaviorsResult, BehaviorsVariables> = {
  name: 'Behaviors',
  text: "query Behaviors($days:Int!){behaviors(first:500){nodes{id name mode samplePercent retentionDays purpose schema}}behaviorCounts(days:$days){name outcome count lastAt}}",
}

export type BehaviorSuggestionsResult = {
  suggestBehaviors: ({
    name: string
    count: number
    lastAt: string
    defined: boolean
    schema: Json
  })[]
}
export type BehaviorSuggestionsVariables = {}
export const BehaviorSuggestions: Document<BehaviorSuggestionsResult, BehaviorSuggestionsVariables> = {
  name: 'BehaviorSuggestions',
  text: "query BehaviorSuggestions{suggestBehaviors{name count lastAt defined schema}}",
}

export type BehaviorResult = {
  behavior: {
    id: string
    name: string
    description: string | null
    mode: BehaviorMode
    schema: Json
    identifiers: (string)[]
    samplePercent: number | null
    retentionDays: number | null
    purpose: string | null
    channel: string | null
    updatedAt: string
  } | null
}
export type BehaviorVariables = {
  id: string
}
export const Behavior: Document<BehaviorResult, BehaviorVariables> = {
  name: 'Behavior',
  text: "query Behavior($id:ID!){behavior(id:$id){id name description mode schema identifiers samplePercent retentionDays purpose channel updatedAt}}",
}

export type BehaviorDaysResult = {
  behaviorCounts: ({
    outcome: BehaviorOutcome
    path: string
    count: number
    lastAt: string
  })[]
}
export type BehaviorDaysVariables = {
  name: string
}
export const BehaviorDays: Document<BehaviorDaysResult, BehaviorDaysVariables> = {
  name: 'BehaviorDays',
  text: "query BehaviorDays($name:String!){behaviorCounts(days:14 name:$name){outcome path count lastAt}}",
}

export type TryBehaviorResult = {
  previewBehavior: {
    examined: number
    complete: boolean
    violating: number
    violations: ({
      code: string
      path: string
      expected: string
      found: string
      count: number
    })[]
  }
}
export type TryBehaviorVariables = {
  behavior: BehaviorDraft
  days: number
}
export const TryBehavior: Document<TryBehaviorResult, TryBehaviorVariables> = {
  name: 'TryBehavior',
  text: "query TryBehavior($behavior:BehaviorDraft!$days:Int!){previewBehavior(behavior:$behavior days:$days){examined complete violating violations{code path expected found count}}}",
}

export type CreateBehaviorResult = {
  createBehavior: {
    behavior: {
      id: string
    } | null
  }
}
export type CreateBehaviorVariables = {
  input: CreateBehaviorInput
}
export const CreateBehavior: Document<CreateBehaviorResult, CreateBehaviorVariables> = {
  name: 'CreateBehavior',
  text: "mutation CreateBehavior($input:CreateBehaviorInput!){createBehavior(input:$input){behavior{id}}}",
}

export type UpdateBehaviorResult = {
  updateBehavior: {
    behavior: {
      id: string
    } | null
  }
}
export type UpdateBehaviorVariables = {
  input: UpdateBehaviorInput
}
export const UpdateBehavior: Document<UpdateBehaviorResult, UpdateBehaviorVariables> = {
  name: 'UpdateBehavior',
  text: "mutation UpdateBehavior($input:UpdateBehaviorInput!){updateBehavior(input:$input){behavior{id}}}",
}

export type DeleteBehaviorResult = {
  deleteBehavior: {
    deletedId: string
  }
}
export type DeleteBehaviorVariables = {
  id: string
}
export const DeleteBehavior: Document<DeleteBehaviorResult, DeleteBehaviorVariables> = {
  name: 'DeleteBehavior',
  text: "mutation DeleteBehavior($id:ID!){deleteBehavior(input:{id:$id}){deletedId}}",
}
