// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from '../../client/document.ts'
import type { BehaviorOutcome, PersonalDataAction, TrafficAction, UnknownEventAction, UpdateGateInput, UpdateSourceInput } from '../../client/schema.ts'

export type GateSettingsResult = {
  gate: {
    unknownEvents: UnknownEventAction
    bots: TrafficAction
    internal: TrafficAction
    internalNetworks: (string)[]
    internalUsers: (string)[]
    internalDomains: (string)[]
    personalData: ({
      path: string
      action: PersonalDataAction
    })[]
    eventsPerSecond: number | null
    operatorsEventsPerSecond: number | null
  }
  sources: {
    nodes: ({
      id: string
      name: string
      purpose: string | null
      channel: string | null
    })[]
  }
}
export type GateSettingsVariables = {}
export const GateSettings: Document<GateSettingsResult, GateSettingsVariables> = {
  name: 'GateSettings',
  text: "query GateSettings{gate{unknownEvents bots internal internalNetworks internalUsers internalDomains personalData{path action}eventsPerSecond operatorsEventsPerSecond}sources(first:200 orderBy:[{field:name}]){nodes{id name purpose channel}}}",
}

export type GateCountsResult = {
  behaviorCounts: ({
    outcome: BehaviorOutcome
    count: number
  })[]
}
export type GateCountsVariables = {}
export const GateCounts: Document<GateCountsResult, GateCountsVariables> = {
  name: 'GateCounts',
  text: "query GateCounts{behaviorCounts(days:7){outcome count}}",
}

export type UpdateGateResult = {
  updateGate: {
    gate: {
      bots: TrafficAction
    }
  }
}
export type UpdateGateVariables = {
  input: UpdateGateInput
}
export const UpdateGate: Document<UpdateGateResult, UpdateGateVariables> = {
  name: 'UpdateGate',
  text: "mutation UpdateGate($input:UpdateGateInput!){updateGate(input:$input){gate{bots}}}",
}

export type UpdateSourceResult = {
  updateSource: {
    source: {
      id: string
    }
  }
}
export type UpdateSourceVariables = {
  input: UpdateSourceInput
}
export const UpdateSource: Document<UpdateSourceResult, UpdateSourceVariables> = {
  name: 'UpdateSource',
  text: "mutation UpdateSource($input:UpdateSourceInput!){updateSource(input:$input){source{id}}}",
}
