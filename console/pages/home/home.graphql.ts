// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from '../../client/document.ts'
import type { FeedKind, Json, TransitionCause, TransitionKind } from '../../client/schema.ts'

export type PulseResult = {
  pulse: {
    at: string
    events: number
    entries: number
    eventCounts: ({
      at: string
      count: number
    })[]
    totals: {
      people: number
      deadLetters: number
      segments: number
      sizes: ({
        key: string
        name: string
        size: number
      })[]
    }
  }
}
export type PulseVariables = {}
export const Pulse: Document<PulseResult, PulseVariables> = {
  name: 'Pulse',
  text: "subscription Pulse{pulse{at events entries eventCounts(seconds:15 spans:6){at count}totals{people deadLetters segments sizes{key name size}}}}",
}

export type EventRateResult = {
  eventCounts: ({
    at: string
    count: number
  })[]
}
export type EventRateVariables = {
  since: string
}
export const EventRate: Document<EventRateResult, EventRateVariables> = {
  name: 'EventRate',
  text: "query EventRate($since:DateTime!){eventCounts(since:$since seconds:15){at count}}",
}

export type LatestMovesResult = {
  transitions: {
    nodes: ({
      id: string
      at: string
      kind: TransitionKind
      cause: string
      segment: {
        id: string
        key: string
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
      account: {
        id: string
        name: string
      } | null
    })[]
  }
}
export type LatestMovesVariables = {}
export const LatestMoves: Document<LatestMovesResult, LatestMovesVariables> = {
  name: 'LatestMoves',
  text: "query LatestMoves{transitions(first:25 filter:{kind:{in:[SEGMENT_ENTERED SEGMENT_LEFT]}}){nodes{id at kind cause segment{id key name}profile{id traits identifiers(first:3){nodes{type value}}contacts(first:1){nodes{firstName lastName}}}account{id name}}}}",
}

export type MovesResult = {
  feed: {
    cursor: string
    gap: {
      missed: string
    } | null
    at: string | null
    kind: FeedKind | null
    cause: TransitionCause | null
    transitionId: string | null
    key: string | null
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
    account: {
      id: string
      name: string
    } | null
  }
}
export type MovesVariables = {
  after?: string | null
}
export const Moves: Document<MovesResult, MovesVariables> = {
  name: 'Moves',
  text: "subscription Moves($after:String){feed(after:$after kinds:[SEGMENT_ENTERED SEGMENT_LEFT]){cursor gap{missed}at kind cause transitionId key profile{id traits identifiers(first:3){nodes{type value}}contacts(first:1){nodes{firstName lastName}}}account{id name}}}",
}

export type ReactionResult = {
  jobBoard: {
    jobStatistics: ({
      at: string
      waitedMs: number
      ranMs: number
    })[]
  }
}
export type ReactionVariables = {}
export const Reaction: Document<ReactionResult, ReactionVariables> = {
  name: 'Reaction',
  text: "subscription Reaction{jobBoard{jobStatistics(task:\"react\"){at waitedMs ranMs}}}",
}
