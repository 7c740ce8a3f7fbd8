import { type KeyboardEvent, useEffect, useState } from 'react'
import { ApiError, request } from '../../client/request.ts'
import { here, navigate, usePlace } from '../../client/router.ts'
import { milliseconds, plural } from '../../ui/format.ts'
import { Card, Empty, Failure, Waiting } from '../../ui/parts.tsx'
import { saveFile } from '../../ui/save-file.ts'
import { shown, toCsv } from '../../ui/csv.ts'
import { RunSql, type RunSqlResult } from './sql.graphql.ts'

type Result = Omit<RunSqlResult['sql'], 'rows'> & { rows: unknown[][] }
type Answer = { result?: Result; error?: Error; waiting?: boolean }

/** The query is in the address once it has run: whoever opens that address sees what it gives. */
export function Box() {
  const query = usePlace().search.get('query') ?? ''
  const [text, setText] = useState(query)
  const [answer, setAnswer] = useState<Answer>({})
  const [runs, setRuns] = useState(0)

  useEffect(() => {
    setText(query)
    if (!query) return setAnswer({})
    const gone = new AbortController()
    setAnswer({ waiting: true })
    request(RunSql, { query }, { signal: gone.signal }).then(
      ({ sql }) => setAnswer({ result: sql as Result }),
      (error: Error) => gone.signal.aborted || setAnswer({ error }),
    )
    return () => gone.abort()
  }, [query, runs])

  function run() {
    if (text.trim() === '') return
    if (text === query) setRuns(runs + 1)
    else navigate(here({ query: text }))
  }
  function onKey(event: KeyboardEvent) {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    run()
  }

  const { result, error, waiting } = answer
  return (
    <Card title="Query">
      <div className="stack">
        <textarea
          className="code wrap"
          aria-label="Query"
          placeholder="SELECT segment, count(*) FROM segment_members GROUP BY segment"
          rows={Math.min(16, Math.max(5, text.split('\n').length + 1))}
          spellCheck={false}
          autoCapitalize="off"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKey}
        />
        <div className="row wrap">
          <button type="button" className="button primary" disabled={waiting || text.trim() === ''} onClick={run}>
            Run
          </button>
          {result && result.rowCount > 0 && (
            <button
              type="button"
              className="button"
              onClick={() => saveFile('kith.csv', 'text/csv;charset=utf-8', toCsv(result.columns, result.rows))}
            >
              Download CSV
            </button>
          )}
          <span className="muted" role="status">
            {result
              ? `${plural(result.rowCount, 'row')}${result.more ? ', the first of more' : ''} in ${milliseconds(result.ms)}`
              : 'One SELECT, read-only, ten seconds. Ctrl and Enter run it.'}
          </span>
        </div>
        {waiting && <Waiting />}
        {error && <Failed error={error} query={query} />}
        {result && <Table result={result} />}
      </div>
    </Card>
  )
}

function Failed({ error, query }: { error: Error; query: string }) {
  const particulars = error instanceof ApiError ? (error.details.details as { position?: number; hint?: string }) : null
  const at = particulars?.position ? place(query, particulars.position) : null
  return (
    <>
      <Failure error={error} />
      {(at ?? particulars?.hint) && (
        <p className="muted">
          {at && `Line ${at.line}, at “${at.word}”. `}
          {particulars?.hint}
        </p>
      )}
    </>
  )
}

/** Where the n-th character is, counted from one, and the word that begins there. */
function place(text: string, position: number): { line: number; word: string } {
  const before = text.slice(0, position - 1)
  return { line: before.split('\n').length, word: /^\S{0,40}/.exec(text.slice(position - 1))?.[0] || 'the end' }
}

function Table({ result: { columns, rows } }: { result: Result }) {
  if (rows.length === 0)
    return (
      <Empty title="No row">
        <p>The query is right, and nothing fits it.</p>
      </Empty>
    )
  return (
    <div className="sql-result" tabIndex={0} role="region" aria-label="Result">
      <table>
        <thead>
          <tr>
            {columns.map(({ name, type }, n) => (
              <th key={n} title={type}>
                {name} <span className="muted">{type}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, n) => (
            <tr key={n}>
              {row.map((value, column) => (
                <td key={column} title={shown(value)} className={typeof value === 'number' ? 'right' : undefined}>
                  {value === null ? <span className="muted">null</span> : shown(value)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
