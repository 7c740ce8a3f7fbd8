/** Why one event is refused. It becomes a dead letter; the rest of its batch is stored. */
export class Refusal extends Error {
  readonly code: RefusalCode

  constructor(code: RefusalCode, reason: string) {
    super(reason)
    this.code = code
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
  | 'EVENT_REFUSED'
  | 'BODY_UNREADABLE'
  | 'BATCH_MISSING'
  | 'MAPPING_FAILED'
  | 'RECORD_INVALID'
