/** SQL by whoever may read: one SELECT over the views of the schema `analytics` (docs/sql.md). */
import { BOX_LIMITS, type BoxResult, runInBox } from '../../db/sql-box.ts'
import { SECOND } from '../../config.ts'
import { KithError } from '../../errors.ts'
import { builder } from '../builder.ts'

const DEFAULT_ROWS = 1000
const MOST_ROWS = 10_000
const MOST_TEXT = 100_000
const MOST_PARAMETERS = 100

type Column = { name: string; type: string }

const SqlColumn = builder.objectRef<Column>('SqlColumn').implement({
  description: 'A column of a result or of a view.',
  fields: (t) => ({
    name: t.exposeString('name'),
    type: t.exposeString('type', { description: 'As Postgres names it, such as "uuid" or "numeric(20,4)".' }),
  }),
})

const SqlResult = builder.objectRef<BoxResult>('SqlResult').implement({
  description: 'What a SELECT gave.',
  fields: (t) => ({
    columns: t.field({ type: [SqlColumn], resolve: ({ columns }) => columns }),
    rows: t.field({
      type: 'JSON',
      description:
        'A list for each row, in the order of the columns: null, booleans, numbers up to 32 bits and floats, JSON as it is, and all else as the text that Postgres writes.',
      resolve: ({ rows }) => rows,
    }),
    rowCount: t.int({ resolve: ({ rows }) => rows.length }),
    more: t.exposeBoolean('more', { description: 'Whether there are more rows than `first`.' }),
    ms: t.exposeFloat('ms', { description: 'How long Postgres took, in milliseconds.' }),
  }),
})

type View = { name: string; columns: Column[] }

const SqlView = builder.objectRef<View>('SqlView').implement({
  description: 'A view that SQL may read; it keeps its columns from one version to the next.',
  fields: (t) => ({
    name: t.exposeString('name'),
    columns: t.field({ type: [SqlColumn], resolve: ({ columns }) => columns }),
  }),
})

builder.queryFields((t) => ({
  sql: t.field({
    type: SqlResult,
    description: `One SELECT (or WITH, VALUES, TABLE) over the tenant's views; read-only, ${BOX_LIMITS.ms / SECOND} s, ${BOX_LIMITS.bytes / 2 ** 20} MB and ${BOX_LIMITS.ofTenant} at a time. See docs/sql.md.`,
    args: {
      query: t.arg.string({ required: true, description: `At most ${MOST_TEXT} characters.` }),
      parameters: t.arg({
        type: ['JSON'],
        required: { list: false, items: false },
        description: 'Of $1, $2 ...; Postgres reads them as the types that the query wants. A list becomes an array.',
      }),
      first: t.arg.int({ defaultValue: DEFAULT_ROWS, description: `Most rows to answer with, up to ${MOST_ROWS}.` }),
    },
    resolve: (_root, { query, parameters, first }, { sql, viewer }) => {
      const rows = first ?? DEFAULT_ROWS
      expectAtMost(MOST_ROWS, rows, 'rows')
      expectAtMost(MOST_TEXT, query.length, 'characters')
      expectAtMost(MOST_PARAMETERS, parameters?.length ?? 0, 'parameters')
      return runInBox(sql, viewer.tenantId, { text: query, parameters: parameters ?? [], rows })
    },
  }),
  sqlViews: t.field({
    type: [SqlView],
    description: 'What `sql` may read.',
    resolve: (_root, _args, { tenant }) =>
      tenant(
        (sql) => sql<View[]>`
SELECT relname AS name, json_agg(json_build_object('name', attname, 'type', format_type(atttypid, atttypmod)) ORDER BY attnum) AS columns
FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
WHERE relnamespace = 'analytics'::regnamespace AND relkind = 'v' AND attnum > 0 AND NOT attisdropped
GROUP BY relname ORDER BY relname`,
      ),
  }),
}))

function expectAtMost(most: number, given: number, what: string): void {
  if (given < 0 || given > most)
    throw new KithError('INPUT_INVALID', `Expected at most ${most} ${what}, got ${given}.`, { details: { most } })
}
