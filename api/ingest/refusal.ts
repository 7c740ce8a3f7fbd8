import type { Tally } from '../../db/sql/count-behaviors.ts'
import type { Violation } from '../../engine/model/property.ts'

/** Why one event is refused. It becomes a dead letter; the rest of its batch is stored. */
export class Refusal extends Error {
  readonly code: RefusalCode
  /** Of a behavior. */
  readonly violations: Violation[] | undefined
  readonly tallies: Tally[]

  constructor(code: RefusalCode, reason: string, more: { violations?: Violation[]; tallies?: Tally[] } = {}) {
    super(reason)
    this.code = code
    this.violations = more.violations
    this.tallies = more.tallies ?? []
  }
}

/** docs/errors.md explains each. */
export type RefusalCode =
  | 'EVENT_NOT_AN_OBJECT'
  | 'EVENT_TOO_LARGE'
  | 'EVENT_TOO_DEEP'
  | 'EVENT_BAD_TEXT'
  | 'EVENT_BAD_NUMBER'
  | 'EVENT_BAD_FIELD'
  | 'EVENT_BAD_TIME'
  | 'EVENT_TYPE_UNKNOWN'
  | 'EVENT_WITHOUT_NAME'
  | 'EVENT_WITHOUT_PERSON'
  | 'EVENT_UNKNOWN'
  | 'EVENT_NOT_AS_DEFINED'
  | 'EVENT_REFUSED'
  | 'BODY_UNREADABLE'
  | 'BODY_TOO_LARGE'
  | 'BATCH_MISSING'
  | 'MAPPING_FAILED'
  | 'RECORD_INVALID'
  | 'ROW_UNREADABLE'
  | 'ROWS_TRUNCATED'
