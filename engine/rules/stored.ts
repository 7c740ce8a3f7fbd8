/** Where what is computed of a subject is kept: the same columns, but for the one with its id. */
import type { Subject } from './types.ts'

export type Stored = {
  /** The column with the subject's id. */
  id: 'profile_id' | 'account_id'
  /** Who is in which segment, since when. */
  members: string
  /** Label values, and since when. */
  values: string
  timers: string
}

export const STORED: Record<Subject, Stored> = {
  person: { id: 'profile_id', members: 'members', values: 'label_values', timers: 'timers' },
  account: {
    id: 'account_id',
    members: 'segment_accounts',
    values: 'account_label_values',
    timers: 'account_timers',
  },
}
