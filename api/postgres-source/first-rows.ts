/** The first rows of a source, as its mapping will see them. */
import type { SourcePlace } from '../../db/sql/postgres-sources.ts'
import { prepare } from './prepare.ts'
import { withRemote, withServer } from './remote.ts'
import { inputOf, type RowInput, snapshotJson } from './row.ts'
import { rowsOf } from './snapshot.ts'
import { parseTables } from './tables.ts'

/** Of several tables some of each. Throws what a worker would be told, but for what it would make there. */
export async function firstRows({ url, ...place }: SourcePlace & { url: string }, most: number): Promise<RowInput[]> {
  if (place.mode === 'polling') {
    const { rows } = await withRemote(url, place, (read) => read(null, most))
    return rows.map(({ json }) => inputOf('row', json))
  }
  return withServer(url, async (remote) => {
    const { tables } = await prepare(remote, parseTables(place.tables), null)
    const inputs: RowInput[] = []
    for (const table of tables) {
      const rows = await remote.unsafe(rowsOf(table, Math.ceil(most / tables.length)))
      for (const { row } of rows) inputs.push(inputOf('change', snapshotJson(row as string, table)))
    }
    return inputs.slice(0, most)
  })
}
