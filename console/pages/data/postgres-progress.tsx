/** How far a Postgres source has been read, what is wrong with it, and what may be done about that. */
import { useState } from 'react'
import { refresh } from '../../client/query.ts'
import { request } from '../../client/request.ts'
import { here, navigate } from '../../client/router.ts'
import type { UpdatePostgresSourceInput } from '../../client/schema.ts'
import { bytes, number, plural } from '../../ui/format.ts'
import { Card, Code, Figure, Link, Note, Time } from '../../ui/parts.tsx'
import { Confirm } from '../../ui/dialog.tsx'
import { attempt } from '../../ui/toast.tsx'
import { DeletePostgresSource, PullPostgresSource, UpdatePostgresSource } from './postgres-sources.graphql.ts'
import { isFollowed, type PostgresSource, State } from './postgres-state.tsx'

export function Progress({ of }: { of: PostgresSource }) {
  const { source, status, rows, stored, records, dead, error, errorCode, errorSql, warnings, failures } = of
  const [isDeleting, setDeleting] = useState(false)
  const isPaused = status === 'PAUSED'
  const change = (more: Omit<UpdatePostgresSourceInput, 'source'>, done: string) => () =>
    void attempt(async () => {
      await request(UpdatePostgresSource, { input: { source: source!.id, ...more } })
      await refresh()
    }, done)
  const pull = () =>
    void attempt(async () => {
      await request(PullPostgresSource, { input: { source: source!.id } })
      await refresh()
    }, 'A worker reads it now.')
  const remove = () =>
    void attempt(async () => {
      await request(DeletePostgresSource, { input: { source: source!.id } })
      navigate(here({ postgres: null }))
      await refresh()
    }, 'It is deleted.')
  return (
    <Card
      title={
        <>
          {source?.name} <State of={of} />
        </>
      }
      actions={
        <div className="row wrap">
          {!isFollowed(of) && (
            <button type="button" className="button small" disabled={isPaused} onClick={pull}>
              Read now
            </button>
          )}
          <button
            type="button"
            className="button small"
            onClick={
              isPaused ? change({ status: 'ACTIVE' }, 'It is read again.') : change({ status: 'PAUSED' }, 'Paused.')
            }
          >
            {isPaused ? 'Resume' : 'Pause'}
          </button>
          <button
            type="button"
            className="button small"
            title="Events are not stored twice; records are written again"
            disabled={isPaused && isFollowed(of)}
            onClick={change({ restart: true }, 'It begins with the first row again.')}
          >
            Start over
          </button>
          <button type="button" className="button small" onClick={() => setDeleting(true)}>
            Delete
          </button>
        </div>
      }
    >
      <Confirm
        title={`Delete ${source?.name}?`}
        open={isDeleting}
        onClose={() => setDeleting(false)}
        action="Delete"
        onConfirm={remove}
      >
        <p>
          It is read no more. What came of it stays{isFollowed(of) && '; its slot in the other database is dropped'}.
        </p>
      </Confirm>
      <div className="stack tight">
        <dl className="figures">
          <Figure name="Rows read">{number(rows)}</Figure>
          <Figure name="Events">{number(stored)}</Figure>
          <Figure name="Records">{number(records)}</Figure>
          <Figure name="Refused">{dead > 0 ? <Link to="/data?tab=dead-letters">{number(dead)}</Link> : '0'}</Figure>
        </dl>
        {error && (
          <Note tone="bad" icon="warn">
            {errorCode && <code>{errorCode}</code>} {error}{' '}
            <span className="soft">
              {plural(failures, isFollowed(of) ? 'attempt' : 'round')} failed, one after the other.
            </span>
            {errorSql && <Code text={errorSql} wrap />}
          </Note>
        )}
        {warnings.map(({ code, message, sql }) => (
          <Note key={message} tone="warn">
            <code>{code}</code> {message}
            {sql && <Code text={sql} wrap />}
          </Note>
        ))}
        {isFollowed(of) ? <Followed of={of} /> : <Polled of={of} />}
      </div>
    </Card>
  )
}

function Polled({ of: { status, position, pulledAt, nextAt } }: { of: PostgresSource }) {
  const isPaused = status === 'PAUSED'
  return (
    <p className="muted fine">
      {position ? `Stands behind ${Object.values(position).join(', ')}. ` : 'Stands at the beginning. '}
      {pulledAt && (
        <>
          Read <Time at={pulledAt} />.{' '}
        </>
      )}
      {!isPaused && (
        <>
          Next: <Time at={nextAt} />.
        </>
      )}
    </p>
  )
}

type LogPosition = { lsn: string; row?: number }

function Followed({ of: { status, position, lagBytes, keptBytes, changedAt } }: { of: PostgresSource }) {
  if (status === 'PAUSED') return <p className="muted fine">Keeps nothing there. It begins anew when it goes on.</p>
  return (
    <p className="muted fine">
      {standing(position as LogPosition | null)}
      {changedAt && (
        <>
          Last change: <Time at={changedAt} />.{' '}
        </>
      )}
      {lagBytes !== null && `${bytes(lagBytes)} behind. `}
      {keptBytes !== null && `The other database keeps ${bytes(keptBytes)} of log for it.`}
    </p>
  )
}

function standing(position: LogPosition | null): string {
  if (position === null) return 'Not yet begun. '
  return position.row === undefined
    ? `Stands at ${position.lsn}. `
    : `Takes the rows that were there at ${position.lsn}: ${number(position.row)} so far. `
}
