import { type FormEvent, useState } from 'react'
import { type Query, refresh } from '../../client/query.ts'
import { request } from '../../client/request.ts'
import { useMayChange } from '../../client/viewer.ts'
import { useSave } from '../../definitions/save.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { compact } from '../../ui/format.ts'
import { Icon } from '../../ui/icons.tsx'
import { Card, Code, Empty, Failure, Field, Link, Ready, Time } from '../../ui/parts.tsx'
import { toast } from '../../ui/toast.tsx'
import { CreateSource, type DataOverviewResult } from './data.graphql.ts'

/** Sources, and what became of their events in the last day: every one that was accepted is in one of the columns behind. */
export function SourceList({ overview }: { overview: Query<DataOverviewResult> }) {
  const mayChange = useMayChange('model')
  const [making, setMaking] = useState(false)
  return (
    <div className="stack">
      <Card
        title="Sources, last 24 hours"
        flush
        actions={
          mayChange && (
            <button type="button" className="button small" onClick={() => setMaking(true)}>
              <Icon name="plus" size={14} /> New source
            </button>
          )
        }
      >
        <Ready query={overview}>{(data) => <Table data={data} />}</Ready>
      </Card>
      <Card title="Send an event">
        <div className="stack tight">
          <p className="soft">
            Any SDK of Segment’s works against this address; so does curl. <Link to="/settings">Settings</Link> makes a
            key with the scope write.
          </p>
          <Code text={example()} />
        </div>
      </Card>
      <NewSource open={making} onClose={() => setMaking(false)} />
    </div>
  )
}

function example(): string {
  return `curl ${window.location.origin}/v1/track -u YOUR-WRITE-KEY: \\
  -H 'content-type: application/json' \\
  -d '{"userId": "ada", "event": "Pricing Viewed", "properties": {"plan": "pro"}}'`
}

type Row = { id: string; name: string; kind: string; since?: string; doors: DataOverviewResult['ingestCounts'] }

function rowsOf({ sources, ingestCounts }: DataOverviewResult): Row[] {
  const rows: Row[] = sources.nodes.map(({ id, name, kind, createdAt }) => ({
    id,
    name,
    kind,
    since: createdAt,
    doors: [],
  }))
  const byId = new Map(rows.map((row) => [row.id, row]))
  for (const count of ingestCounts) {
    const id = count.source?.id ?? ''
    let row = byId.get(id)
    if (!row) {
      row = { id, name: count.source?.name ?? 'Keys without a source', kind: '', doors: [] }
      byId.set(id, row)
      rows.push(row)
    }
    row.doors.push(count)
  }
  return rows
}

function Table({ data }: { data: DataOverviewResult }) {
  const rows = rowsOf(data)
  if (rows.length === 0) {
    return (
      <Empty title="No source yet">
        <p>A source says where events come from: a website, an app, a server. Keys belong to sources.</p>
      </Empty>
    )
  }
  const sum = (row: Row, of: 'accepted' | 'stored' | 'deduplicated' | 'dead' | 'discarded' | 'unconsented') =>
    row.doors.reduce((total, door) => total + door[of], 0)
  return (
    <div className="table-wrap">
      <table>
        <thead>
          <tr>
            <th>Source</th>
            <th className="wide-only">Doors</th>
            <th className="right">Accepted</th>
            <th className="right">Stored</th>
            <th className="right wide-only">Seen before</th>
            <th className="right wide-only" title="By the gate: bots, internal traffic, samples, consent">
              Left out
            </th>
            <th className="right">Refused</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const dead = sum(row, 'dead')
            return (
              <tr key={row.id}>
                <td>
                  <b>{row.name}</b>{' '}
                  <span className="muted fine">
                    {row.kind}
                    {row.since && (
                      <>
                        , since <Time at={row.since} />
                      </>
                    )}
                  </span>
                </td>
                <td className="wide-only">
                  <span className="pills">
                    {row.doors.map(({ door }) => (
                      <span key={door} className="pill">
                        {door}
                      </span>
                    ))}
                  </span>
                </td>
                <td className="right">{compact(sum(row, 'accepted'))}</td>
                <td className="right">{compact(sum(row, 'stored'))}</td>
                <td className="right wide-only soft">{compact(sum(row, 'deduplicated'))}</td>
                <td className="right wide-only soft">{compact(sum(row, 'discarded') + sum(row, 'unconsented'))}</td>
                <td className="right">{dead > 0 ? <span className="pill bad">{compact(dead)}</span> : '0'}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

function NewSource({ open, onClose }: { open: boolean; onClose(): void }) {
  const { error, busy, run } = useSave()
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const input = { name: String(form.get('name')), kind: String(form.get('kind')) }
    void run(async () => {
      await request(CreateSource, { input })
      toast('Made. Its keys are made in Settings.')
      onClose()
      await refresh()
    })
  }
  return (
    <Dialog title="New source" open={open} onClose={onClose}>
      <form className="form" onSubmit={submit}>
        <Field name="Name">
          <input className="input" name="name" required placeholder="Website" />
        </Field>
        <Field name="Kind">
          <select className="input" name="kind">
            {['http', 'web', 'server', 'app', 'file'].map((kind) => (
              <option key={kind}>{kind}</option>
            ))}
          </select>
        </Field>
        {error && <Failure error={error} />}
        <button type="submit" className="button primary" disabled={busy}>
          Make the source
        </button>
      </form>
    </Dialog>
  )
}
