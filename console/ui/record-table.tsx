import type { ReactNode } from 'react'
import { number } from './format.ts'
import { Card } from './parts.tsx'

type Props = { title: string; columns: string[]; rows: { id: string; cells: ReactNode[] }[] }

/** A few records of one kind; nothing at all when there is none. */
export function RecordTable({ title, columns, rows }: Props) {
  if (rows.length === 0) return null
  return (
    <Card title={`${title} (${number(rows.length)})`} flush>
      <div className="table-wrap">
        <table>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column}>{column}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ id, cells }) => (
              <tr key={id}>
                {cells.map((cell, index) => (
                  <td key={columns[index]}>{cell ?? <span className="muted">–</span>}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  )
}
