import { type FormEvent, useState } from 'react'
import { useMayChange } from '../../client/viewer.ts'
import { useSave } from '../../definitions/save.ts'
import { number, plural } from '../../ui/format.ts'
import { Card, Code, Failure, Field, Figure, Note } from '../../ui/parts.tsx'
import { saveFile } from '../../ui/save-file.ts'
import { type Asked, importFile } from './import-report.ts'
import type { Refused, Report } from './report-lines.ts'

const RECORDS = [
  'accounts',
  'contacts',
  'leads',
  'opportunities',
  'orders',
  'contracts',
  'memberships',
  'tickets',
  'activities',
]
const MOST_SHOWN = 50

/** A file of events or records: tried on its first lines, then taken whole. */
export function Imports() {
  const mayWrite = useMayChange('write')
  const mayEdit = useMayChange('edit')
  const kinds = [...(mayWrite ? ['events'] : []), ...(mayEdit ? RECORDS : [])]
  const [report, setReport] = useState<Report & Pick<Asked, 'dryRun' | 'name'>>()
  const { error, busy, run } = useSave()

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const dryRun = (event.nativeEvent as SubmitEvent).submitter?.getAttribute('value') === 'dry'
    const file = form.get('file') as File
    const name = String(form.get('name')) || file.name
    setReport(undefined)
    void run(() =>
      importFile({ file, kind: String(form.get('kind')), name, dryRun }, (report) =>
        setReport({ ...report, dryRun, name }),
      ),
    )
  }

  if (kinds.length === 0) return <Note>Files are for those who may send events or write records.</Note>
  return (
    <div className="stack">
      <Card title="Import a file">
        <form className="form" onSubmit={submit}>
          <div className="form-row">
            <Field name="What it holds" hint="Events, or one kind of record.">
              <select className="input" name="kind">
                {kinds.map((kind) => (
                  <option key={kind}>{kind}</option>
                ))}
              </select>
            </Field>
            <Field
              name="File"
              hint="CSV with the names of the columns in its first line, or a JSON object a line; also gzipped."
            >
              <input className="input" type="file" name="file" required accept=".csv,.ndjson,.jsonl,.json,.gz" />
            </Field>
            <Field name="Name" hint="The same file under the same name is stored once. The file’s own when empty.">
              <input className="input" name="name" />
            </Field>
          </div>
          {error && <Failure error={error} />}
          <div className="row wrap">
            <button type="submit" className="button" value="dry" disabled={busy}>
              Dry run
            </button>
            <button type="submit" className="button primary" value="import" disabled={busy}>
              Import
            </button>
          </div>
        </form>
      </Card>
      {report && <Outcome report={report} dryRun={report.dryRun} name={report.name} />}
    </div>
  )
}

function Outcome({ report, dryRun, name }: { report: Report; dryRun: boolean; name: string }) {
  const { total, refused, would, state, error } = report
  const of = dryRun ? 'the first lines of ' : ''
  return (
    <Card title={dryRun ? 'Dry run' : 'Import'}>
      <div className="stack tight">
        <p className="soft" role="status">
          {state === 'running'
            ? `Reading ${of}${name} …`
            : state === 'done'
              ? `${dryRun ? 'Tried' : 'Took'} ${of}${name}.`
              : error}
        </p>
        <dl className="figures">
          <Figure name="Lines">{number(total.lines)}</Figure>
          <Figure name={dryRun ? 'Would be new' : 'New'}>{number(total.stored)}</Figure>
          <Figure name="Known">{number(total.known)}</Figure>
          {total.discarded !== undefined && <Figure name="Kept out">{number(total.discarded)}</Figure>}
          <Figure name="Refused">{number(total.refused)}</Figure>
        </dl>
        {state === 'failed' && <Note tone="bad">{error} Send the same file again, under the same name.</Note>}
        {refused.length > 0 && <Problems refused={refused} name={name} />}
        {would.length > 0 && (
          <>
            <h3>What they would be</h3>
            <Code
              text={would
                .slice(0, 10)
                .map(({ line, would }) => `${line}: ${JSON.stringify(would, null, 1)}`)
                .join('\n')}
              wrap
            />
          </>
        )}
      </div>
    </Card>
  )
}

function Problems({ refused, name }: { refused: Refused[]; name: string }) {
  return (
    <>
      <p className="row wrap">
        <b>{plural(refused.length, 'line')} refused</b>
        <ErrorFile refused={refused} name={name} />
      </p>
      <div className="table-wrap">
        <table>
          <thead>
            <tr>
              <th className="right">Line</th>
              <th>Reason</th>
            </tr>
          </thead>
          <tbody>
            {refused.slice(0, MOST_SHOWN).map(({ line, code, reason, raw }) => (
              <tr key={line}>
                <td className="right">{line}</td>
                <td>
                  <span className="pill bad">{code}</span> {reason}
                  <p className="muted fine truncate">{raw}</p>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}

/** The refused lines with their reasons, to be mended and sent again. */
function ErrorFile({ refused, name }: { refused: Refused[]; name: string }) {
  function save() {
    const text = refused.map((line) => `${JSON.stringify(line)}\n`).join('')
    saveFile(`${name}.errors.ndjson`, 'application/x-ndjson', text)
  }
  return (
    <button type="button" className="button small" onClick={save}>
      Save the error file
    </button>
  )
}
