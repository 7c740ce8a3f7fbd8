/** What may be wrong with another database whose log is to be followed, with what to run there. */
import { KithError } from '../../errors.ts'
import type { Trouble } from '../../db/sql/followed-sources.ts'

/** `sql` is what helps, for whoever may run it there. */
export function trouble(code: string, message: string, sql?: string, cause?: unknown): KithError {
  return new KithError(code, message, { details: sql === undefined ? {} : { sql }, cause })
}

export const SLOT_LOST = 'SOURCE_SLOT_LOST'

export const slotLost = (why: string) =>
  trouble(
    SLOT_LOST,
    `${why} Changes may have been missed: begin anew, with the tables as they are now (updatePostgresSource with restart: true).`,
  )

type PostgresError = Error & { code?: string }

/** An error of a slot or of its stream, in our words where we know what helps. */
export function explained(cause: unknown, role: string): unknown {
  if (cause instanceof KithError) return cause
  const { code, message } = cause as PostgresError
  if (code === '42501' || (code === '28000' && /replication/i.test(message)))
    return trouble(
      'SOURCE_NOT_PERMITTED',
      `The other database says: ${message}. Its log is for roles with REPLICATION.`,
      `ALTER ROLE ${role} REPLICATION; -- where the provider has a role for it: GRANT rds_replication TO ${role};`,
      cause,
    )
  if (code === '53400' || (code === '53300' && /replica|standby|wal_senders/i.test(message)))
    return trouble(
      'SOURCE_SLOTS_FULL',
      `The other database says: ${message}. Each source that follows its log needs a slot and a sender.`,
      'ALTER SYSTEM SET max_replication_slots = 20; ALTER SYSTEM SET max_wal_senders = 20; -- and restart it',
      cause,
    )
  if (code === '55006') return trouble('SOURCE_SLOT_TAKEN', `The other database says: ${message}.`, undefined, cause)
  if (code === '42704' && /publication/.test(message))
    return trouble(
      'SOURCE_PUBLICATION_MISSING',
      `The other database says: ${message}. A publication that was dropped and made again is not known to what was written before: begin anew (updatePostgresSource with restart: true).`,
      undefined,
      cause,
    )
  if (code === '42704' || (code === '55000' && /slot/.test(message)))
    return slotLost(`The other database says: ${message}.`)
  return cause
}

export function troubleOf(cause: unknown): Trouble {
  const { code, message } = cause as PostgresError
  if (cause instanceof KithError) return { code: cause.code, message, sql: cause.details.sql as string | undefined }
  return { code: 'SOURCE_UNREADABLE', message: `The other database says: ${message || code}` }
}
