/** Tables of another Postgres: where they are, how they are read, what their rows mean, and what that makes of the first of them. */
import { type FormEvent, useRef, useState } from 'react'
import { refresh } from '../../client/query.ts'
import { request } from '../../client/request.ts'
import { here, navigate } from '../../client/router.ts'
import type { PostgresSourceMode, PreviewPostgresSourceInput } from '../../client/schema.ts'
import { useSave } from '../../definitions/save.ts'
import { number, plural } from '../../ui/format.ts'
import { Card, Code, Failure, Field, Link, Note } from '../../ui/parts.tsx'
import { toast } from '../../ui/toast.tsx'
import { Made, MappingField } from './mapping.tsx'
import {
  CreatePostgresSource,
  PreviewPostgresSource,
  type PreviewPostgresSourceResult,
  UpdatePostgresSource,
} from './postgres-sources.graphql.ts'
import { Progress } from './postgres-progress.tsx'
import { isFollowed, placeOf as placeName, type PostgresSource } from './postgres-state.tsx'

const START = `{
  "records": {
    "object": "contact", "externalId": $string(row.id), "email": row.email
  }
}`

const START_FOLLOWING = `{
  "records": {
    "object": "contact", "externalId": $string(row.id), "email": row.email,
    "delete": op = "delete"
  }
}`

export function PostgresEditor({ known }: { known?: PostgresSource }) {
  const [mode, setMode] = useState<PostgresSourceMode>(known?.mode ?? 'POLLING')
  const form = useRef<HTMLFormElement>(null)
  const [mapping, setMapping] = useState(known?.mapping ?? START)
  const { error, busy, run } = useSave()

  function save(event: FormEvent) {
    event.preventDefault()
    const said = saidIn(form.current!)
    void run(async () => {
      const everySeconds = mode === 'POLLING' ? Number(said('everySeconds')) : undefined
      if (known) {
        const url = said('url')
        await request(UpdatePostgresSource, {
          input: { source: known.source!.id, mapping, everySeconds, ...(url && { url }) },
        })
        toast('Saved. Rows that are dead letters can be sent again.')
      } else {
        const input = { ...placeOf(said, mode), url: said('url'), name: said('name'), mapping, everySeconds }
        const { createPostgresSource } = await request(CreatePostgresSource, { input })
        navigate(here({ postgres: createPostgresSource.postgresSource.source?.id ?? null }))
      }
      await refresh()
    })
  }

  function changeMode(next: PostgresSourceMode) {
    setMode(next)
    if (mapping === START || mapping === START_FOLLOWING) setMapping(next === 'POLLING' ? START : START_FOLLOWING)
  }

  /** As the form has it by now. */
  function looked(): PreviewPostgresSourceInput | null {
    if (!form.current!.reportValidity()) return null
    const said = saidIn(form.current!)
    if (!known) return { ...placeOf(said, mode), url: said('url'), mapping }
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
          {!known && <ModeField mode={mode} setMode={changeMode} />}
          <Place known={known} mode={mode} />
          <MappingField
            of={mode === 'POLLING' ? 'row' : 'row, op, table, schema, old and unchanged'}
            value={mapping}
            onChange={setMapping}
          />
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

function placeOf(said: Said, mode: PostgresSourceMode) {
  if (mode === 'REPLICATION') {
    const tables = said('tables').split(',')
    return { mode, tables: tables.map((table) => table.trim()).filter((table) => table !== '') }
  }
  return {
    schema: said('schema') || 'public',
    table: said('table'),
    cursor: said('cursor'),
    id: said('id'),
  }
}

function ModeField({ mode, setMode }: { mode: PostgresSourceMode; setMode(mode: PostgresSourceMode): void }) {
  return (
    <Field
      name="How it is read"
      hint={
        mode === 'POLLING'
          ? 'One table or view is asked for the rows that have changed. Deleted rows go unnoticed.'
          : 'The log is followed: the tables as they are, then each insert, update and delete. Needs wal_level = logical and a role with REPLICATION.'
      }
    >
      <select className="input" value={mode} onChange={(event) => setMode(event.target.value as PostgresSourceMode)}>
        <option value="POLLING">Ask from time to time</option>
        <option value="REPLICATION">Follow its log</option>
      </select>
    </Field>
  )
}

function Place({ known, mode }: { known?: PostgresSource; mode: PostgresSourceMode }) {
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
        {mode === 'POLLING' && (
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
        )}
      </div>
      {known ? (
        <p className="soft">
          {isFollowed(known) ? 'Follows' : 'Reads'} <code>{placeName(known)}</code>
          {!isFollowed(known) && (
            <>
              {' '}
              by <code>{known.cursor}</code> and <code>{known.id}</code>
            </>
          )}
          .
        </p>
      ) : mode === 'REPLICATION' ? (
        <Field name="Tables" hint="With commas between, such as customers, sales.orders. Each needs a primary key.">
          <input className="input" name="tables" required placeholder="customers, orders" />
        </Field>
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
