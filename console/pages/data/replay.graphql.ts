// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from '../../client/document.ts'
import type { ReplayEventsInput, ReplayState } from '../../client/schema.ts'

export type ReplaysResult = {
  replays: {
    totalCount: number
    nodes: ({
      id: string
      from: string
      before: string
      names: (string)[] | null
      source: {
        id: string
        name: string
      } | null
      state: ReplayState
      done: number
      total: number | null
      events: number
      transitions: number
      createdAt: string
      finishedAt: string | null
    })[]
    pageInfo: {
      hasNextPage: boolean
      hasPreviousPage: boolean
      startCursor: string | null
      endCursor: string | null
    }
  }
}
export type ReplaysVariables = {
  first?: number | null
  after?: string | null
  last?: number | null
  before?: string | null
}
export const Replays: Document<ReplaysResult, ReplaysVariables> = {
  name: 'Replays',
  text: "query Replays($first:Int$after:String$last:Int$before:String){replays(first:$first after:$after last:$last before:$before){totalCount nodes{id from before names source{id name}state done total events transitions createdAt finishedAt}pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}}",
}

export type ReplayProgressResult = {
  replayProgress: {
    state: ReplayState
    done: number
    total: number | null
    events: number
    transitions: number
    finishedAt: string | null
  }
}
export type ReplayProgressVariables = {
  id: string
}
export const ReplayProgress: Document<ReplayProgressResult, ReplayProgressVariables> = {
  name: 'ReplayProgress',
  text: "subscription ReplayProgress($id:ID!){replayProgress(id:$id){state done total events transitions finishedAt}}",
}

export type ReplayEventsResult = {
  replayEvents: {
    replay: {
      id: string
    } | null
  }
}
export type ReplayEventsVariables = {
  input: ReplayEventsInput
}
export const ReplayEvents: Document<ReplayEventsResult, ReplayEventsVariables> = {
  name: 'ReplayEvents',
  text: "mutation ReplayEvents($input:ReplayEventsInput!){replayEvents(input:$input){replay{id}}}",
}

export type CancelReplayResult = {
  cancelReplay: {
    replay: {
      id: string
      state: ReplayState
    } | null
  }
}
export type CancelReplayVariables = {
  id: string
}
export const CancelReplay: Document<CancelReplayResult, CancelReplayVariables> = {
  name: 'CancelReplay',
  text: "mutation CancelReplay($id:ID!){cancelReplay(input:{id:$id}){replay{id state}}}",
}
