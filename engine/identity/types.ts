/** Identifiers that came together in one event or record: what the relay's messages carry (see ARCHITECTURE.md). */
export type Person = {
  ids: Record<string, string>
  /** Times of the first and last such event; absent for a record, and where events have been removed. */
  from?: string
  to?: string
  /** The source of the events, if it is known. */
  source?: string
  /** [occurred_at, event id] of the events that carry traits, an alias or a group. */
  refs?: [string, string][]
  /** The names of the events; absent for a record, or where they are not known. */
  events?: string[]
}

export type ProfileChange = {
  profileId: string
  /** 'updated': traits or identifiers changed; 'seen': only an event or record came; 'merged': now part of `into`. 'erased': gone. */
  change: 'created' | 'updated' | 'merged' | 'seen' | 'erased'
  into?: string
}

/** Stronger first; what a profile's change is called when several happened to it. */
export const CHANGE_RANK = { erased: 0, merged: 0, created: 1, updated: 2, seen: 3 } as const
