/**
 * An error that a caller can act on: the message says what was expected, what came and what to do; `code` is stable and
 * listed in docs/errors.md. Anything else that is thrown is a defect, and reaches the outside as INTERNAL without its text.
 */
export class KithError extends Error {
  readonly code: string
  /** HTTP status for the doors that have one. */
  readonly status: number
  /** Machine-readable particulars, such as {"path": ["all", 0, "event"]}. Never personal data. */
  readonly details: Record<string, unknown>

  constructor(code: string, message: string, options: KithErrorOptions = {}) {
    super(message, { cause: options.cause })
    this.name = 'KithError'
    this.code = code
    this.status = options.status ?? 400
    this.details = options.details ?? {}
  }
}

export type KithErrorOptions = { status?: number; details?: Record<string, unknown>; cause?: unknown }
