/** A table of another Postgres: where it is, what its rows mean, what that makes of the first of them, and how far it has been read. */
import { type FormEvent, useRef, useState } from 'react'
import { refresh } from '../../client/query.ts'
import { request } from '../../client/request.ts'
import { here, navigate } from '../../client/router.ts'
import type { PreviewPostgresSourceInput, UpdatePostgresSourceInput } from '../../client/schema.ts'
import { useSave } from '../../definitions/save.ts'
import { number, plural } from '../../ui/format.ts'
import { Card, Code, Failure, Field, Figure, Link, Note, Time } from '../../ui/parts.tsx'
import { attempt, toast } from '../../ui/toast.tsx'
import { Made, MappingField } from './mapping.tsx'
import {
  CreatePostgresSource,
  PreviewPostgresSource,
  type PreviewPostgresSourceResult,
  PullPostgresSource,
  UpdatePostgresSource,
} from './postgres-sources.graphql.ts'
import { type PostgresSource, State } from './postgres-state.tsx'

const START = `{
  "records": {
    "object": "contact", "externalId": $string(row.id), "email": row.email
  }
}`

export function PostgresEditor({ known }: { known?: PostgresSource }) {
  const form = useRef<HTMLFormElement>(null)
  const [mapping, setMapping] = useState(known?.mapping ?? START)
  const { error, busy, run } = useSave()

  function save(event: FormEvent) {
    event.preventDefault()
    const said = saidIn(form.current!)
    void run(async () => {
      const everySeconds = Number(said('everySeconds'))
      if (known) {
        const url = said('url')
        await request(UpdatePostgresSource, {
          input: { source: known.source!.id, mapping, everySeconds, ...(url && { url }) },
        })
        toast('Saved. Rows that are dead letters can be sent again.')
      } else {
        const input = { ...placeOf(said), name: said('name'), mapping, everySeconds }
        const { createPostgresSource } = await request(CreatePostgresSource, { input })
        navigate(here({ postgres: createPostgresSource.postgresSource.source?.id ?? null }))
      }
      await refresh()
    })
  }

  /** As the form has it by now. */
  function looked(): PreviewPostgresSourceInput | null {
    if (!form.current!.reportValidity()) return null
    const said = saidIn(form.current!)
    if (!known) return { ...placeOf(said), mapping }
    const url = said('url')
    return { source: known.source!.id, mapping, ...(url && { url }) }
  }

  return (
    <div className="stack">
      <p>
        <Link to={here({ postgres: null })}>All Postgres sources</Link>
      </p>
      {known && <Progress of={known} />}
      <Card title={known ? 'Where it is and what it means' : 'New Postgres source'}>
        <form className="form" ref={form} onSubmit={save}>
          <Place known={known} />
          <MappingField of="row" value={mapping} onChange={setMapping} />
          {error && <Failure error={error} />}
          <div className="row wrap">
            <button type="submit" className="button primary" disabled={busy}>
              {known ? 'Save' : 'Make the source'}
            </button>
          </div>
        </form>
      </Card>
      <TryOut looked={looked} />
    </div>
  )
}

type Said = (name: string) => string

function saidIn(form: HTMLFormElement): Said {
  const data = new FormData(form)
  return (name) => String(data.get(name) ?? '').trim()
}

function placeOf(said: Said) {
  return {
    url: said('url'),
    schema: said('schema') || 'public',
    table: said('table'),
    cursor: said('cursor'),
    id: said('id'),
  }
}

function Place({ known }: { known?: PostgresSource }) {
  return (
    <>
      <div className="form-row">
        {!known && (
          <Field name="Name" hint="What its events are attributed to.">
            <input className="input" name="name" required placeholder="Billing" />
          </Field>
        )}
        <Field
          name="Address"
          hint={
            known
              ? 'Empty: as it is. It is told to nobody.'
              : 'Of a role that may only read. Its host is one that the operator allows.'
          }
        >
          <input
            className="input"
            name="url"
            type="password"
            autoComplete="off"
            required={!known}
            placeholder="postgres://user:password@host:5432/database"
          />
        </Field>
        <Field name="Seconds between rounds">
          <input
            className="input"
            name="everySeconds"
            type="number"
            min={60}
            max={86400}
            required
            defaultValue={known?.everySeconds ?? 60}
          />
        </Field>
      </div>
      {known ? (
        <p className="soft">
          Reads <code>{`${known.schema}.${known.table}`}</code> by <code>{known.cursor}</code> and{' '}
          <code>{known.id}</code>.
        </p>
      ) : (
        <div className="form-row">
          <Field name="Schema">
            <input className="input" name="schema" defaultValue="public" required />
          </Field>
          <Field name="Table" hint="Or a view.">
            <input className="input" name="table" required placeholder="subscriptions" />
          </Field>
          <Field name="Cursor" hint="A column that grows with every change of a row.">
            <input className="input" name="cursor" required placeholder="updated_at" />
          </Field>
          <Field name="Key" hint="Tells rows with one cursor apart.">
            <input className="input" name="id" required placeholder="id" />
          </Field>
        </div>
      )}
    </>
  )
}

type Row = PreviewPostgresSourceResult['previewPostgresSource']['rows'][number]

/** Connects and reads as a worker would, with the mapping as it is being edited: nothing is stored. */
function TryOut({ looked }: { looked(): PreviewPostgresSourceInput | null }) {
  const [rows, setRows] = useState<Row[]>()
  const { error, busy, run } = useSave()

  function preview() {
    const input = looked()
    if (!input) return
    setRows(undefined)
    void run(async () => {
      const { previewPostgresSource } = await request(PreviewPostgresSource, { input })
      setRows(previewPostgresSource.rows)
    })
  }

  return (
    <Card title="Try it on the first rows">
      <div className="stack tight">
        <p className="row wrap">
          <button type="button" className="button" disabled={busy} onClick={preview}>
            Connect and try the mapping
          </button>
          <span className="soft">Nothing is stored.</span>
        </p>
        {error && <Failure error={error} />}
        {rows && <Tried rows={rows} />}
      </div>
    </Card>
  )
}

function Tried({ rows }: { rows: Row[] }) {
  const wrong = rows.filter(({ problems }) => problems.length > 0)
  const [shown = rows[0]] = wrong
  if (!shown) return <Note tone="good">The connection works. The table is empty.</Note>
  return (
    <div className="stack tight">
      <Note tone={wrong.length > 0 ? 'warn' : 'good'}>
        The connection works. Of the first {plural(rows.length, 'row')}{' '}
        {wrong.length > 0
          ? `${number(wrong.length)} would be refused in part; the first of them:`
          : 'all would be taken; the first:'}
      </Note>
      <Code text={JSON.stringify(shown.row, null, 2)} wrap />
      <Made made={shown} />
    </div>
  )
}

function Progress({ of }: { of: PostgresSource }) {
  const { source, status, rows, stored, records, dead, position, error, failures, pulledAt, nextAt } = of
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
  return (
    <Card
      title={
        <>
          {source?.name} <State of={of} />
        </>
      }
      actions={
        <div className="row wrap">
          <button type="button" className="button small" disabled={isPaused} onClick={pull}>
            Read now
          </button>
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
            onClick={change({ restart: true }, 'It begins with the first row again.')}
          >
            Start over
          </button>
        </div>
      }
    >
      <div className="stack tight">
        <dl className="figures">
          <Figure name="Rows read">{number(rows)}</Figure>
          <Figure name="Events">{number(stored)}</Figure>
          <Figure name="Records">{number(records)}</Figure>
          <Figure name="Refused">{dead > 0 ? <Link to="/data?tab=dead-letters">{number(dead)}</Link> : '0'}</Figure>
        </dl>
        {error && (
          <Note tone="bad" icon="warn">
            {error} <span className="soft">{plural(failures, 'round')} failed, one after the other.</span>
          </Note>
        )}
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
      </div>
    </Card>
  )
}
