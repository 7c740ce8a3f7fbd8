/** Tables of other databases that are read from time to time, or whose log is followed. */
import {
  deletePostgresSource,
  insertPostgresSource,
  type PostgresSourceChange,
  type PostgresSourceRow,
  readPostgresSource,
  readPostgresSources,
  requestPull,
  type SourcePlace,
  updatePostgresSource,
  type Warning,
} from '../../db/sql/postgres-sources.ts'
import { KithError } from '../../errors.ts'
import { builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { gateOf } from '../ingest/gates.ts'
import { rowField } from '../noun/fields.ts'
import { uuidOf } from '../noun/id.ts'
import { refuseUnkeepable } from '../noun/keepable.ts'
import { mutation } from '../noun/mutation.ts'
import { missing } from '../noun/record.ts'
import { firstRows } from '../postgres-source/first-rows.ts'
import { checkUrl } from '../postgres-source/remote.ts'
import { parseTables, quoted, type TableName } from '../postgres-source/tables.ts'
import { checkMapping, runMapping } from '../webhooks/mapping.ts'
import { type Preview, tryMade } from '../webhooks/preview.ts'
import { routed } from '../webhooks/router.ts'
import { Source } from './source.ts'
import { EventProblem } from './webhook.ts'

const MOST_PREVIEWED = 20

const Status = builder.enumType('PostgresSourceStatus', {
  values: { ACTIVE: { value: 'active' }, PAUSED: { value: 'paused' } } as const,
})

const Mode = builder.enumType('PostgresSourceMode', {
  values: {
    POLLING: {
      value: 'polling',
      description: 'One table or view is asked from time to time for the rows that have changed.',
    },
    REPLICATION: {
      value: 'replication',
      description:
        'The log of the other database is followed: its tables as they are, then each insert, update and delete.',
    },
  } as const,
})

const SourceWarning = builder.objectRef<Warning>('PostgresSourceWarning').implement({
  description: 'Something that does not stop a source, and that somebody should know.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'One of docs/errors.md.' }),
    message: t.exposeString('message'),
    sql: t.string({
      nullable: true,
      description: 'What helps, to be run in the other database.',
      resolve: ({ sql }) => sql,
    }),
  }),
})

const PostgresSource = builder.objectRef<PostgresSourceRow>('PostgresSource').implement({
  description:
    'A table of another Postgres that is read from time to time, or several that are followed. Its URL is told to nobody.',
  fields: (t) => ({
    source: rowField(t, Source, 'What its events are attributed to.', 'source_id'),
    mode: t.field({ type: Mode, resolve: ({ mode }) => mode }),
    schema: t.string({ nullable: true, description: 'Of polling.', resolve: ({ relation }) => relation?.[0] }),
    table: t.string({ nullable: true, description: 'Of polling.', resolve: ({ relation }) => relation?.[1] }),
    cursor: t.string({
      nullable: true,
      description: 'Of polling: the column that grows with every change.',
      resolve: ({ cursor_column }) => cursor_column,
    }),
    id: t.string({
      nullable: true,
      description: 'Of polling: the column that tells rows with one cursor apart.',
      resolve: ({ id_column }) => id_column,
    }),
    tables: t.stringList({
      nullable: true,
      description: 'Of replication, such as "sales.orders".',
      resolve: ({ tables }) => tables,
    }),
    mapping: t.exposeString('mapping', {
      description:
        'JSONata over {row}, of replication over {row, op, schema, table, old, unchanged, committedAt}: as that of a webhook.',
    }),
    everySeconds: t.int({
      nullable: true,
      description: 'Of polling.',
      resolve: ({ mode, every_seconds }) => (mode === 'polling' ? every_seconds : null),
    }),
    status: t.field({ type: Status, resolve: ({ status }) => status }),
    position: t.field({
      type: 'JSON',
      nullable: true,
      description:
        'Of the last row; of replication {"lsn"}, with "row" as long as the rows are taken that were there before. Null at the beginning.',
      resolve: ({ position }) => position,
    }),
    lagBytes: t.float({
      nullable: true,
      description: 'Of replication: log of the other database that is not yet taken.',
      resolve: ({ lag_bytes }) => numberOf(lag_bytes),
    }),
    keptBytes: t.float({
      nullable: true,
      description: 'Of replication: log that the other database keeps on its disk for this source.',
      resolve: ({ kept_bytes }) => numberOf(kept_bytes),
    }),
    changedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Of replication: when the last change that was taken was committed in the other database.',
      resolve: ({ changed_at }) => changed_at,
    }),
    warnings: t.field({ type: [SourceWarning], resolve: ({ warnings }) => Object.values(warnings) }),
    rows: t.float({ description: 'That were read.', resolve: ({ rows }) => Number(rows) }),
    stored: t.float({ description: 'Events that came of them.', resolve: ({ stored }) => Number(stored) }),
    records: t.float({ description: 'Records that came of them.', resolve: ({ records }) => Number(records) }),
    dead: t.float({ description: 'Rows that are dead letters.', resolve: ({ dead }) => Number(dead) }),
    error: t.exposeString('error', {
      nullable: true,
      description: 'Of the last round, or what keeps it from following.',
    }),
    errorCode: t.exposeString('error_code', { nullable: true, description: 'Of replication: one of docs/errors.md.' }),
    errorSql: t.exposeString('error_sql', {
      nullable: true,
      description: 'Of replication: what helps, to be run in the other database.',
    }),
    failures: t.exposeInt('failures', { description: 'Rounds that failed, one after the other; each waits longer.' }),
    pulledAt: t.field({ type: 'DateTime', nullable: true, resolve: ({ pulled_at }) => pulled_at }),
    nextAt: t.field({ type: 'DateTime', resolve: ({ next_at }) => next_at }),
  }),
})

const numberOf = (text: string | null) => (text === null ? null : Number(text))

builder.queryField('postgresSources', (t) =>
  t.field({
    type: [PostgresSource],
    description: 'Tables of other databases that are read.',
    authScopes: { model: true },
    resolve: (_root, _args, { tenant }) => tenant((sql) => readPostgresSources(sql)),
  }),
)

const payload = (t: any) => ({
  postgresSource: t.field({ type: PostgresSource, resolve: ({ row }: any) => row }),
})

const placed = (t: any) => ({
  mode: t.field({ type: Mode, description: 'POLLING when left out.' }),
  schema: t.string({ description: 'Of polling; "public" when left out.' }),
  table: t.string({ description: 'Of polling: a table or a view.' }),
  cursor: t.string({
    description: 'Of polling: grows with every change of a row: an updated_at, or a serial id of what is only added.',
  }),
  id: t.string({ description: 'Of polling: tells rows with one cursor apart: the primary key.' }),
  tables: t.stringList({ description: 'Of replication, such as "orders" or "sales.orders".' }),
})

type Given<T> = { [member in keyof T]?: T[member] | null }
type Place = Given<{
  mode: 'polling' | 'replication'
  schema: string
  table: string
  cursor: string
  id: string
  tables: string[]
}>

function placeOf({ mode, schema, table, cursor, id, tables }: Place): SourcePlace {
  if (mode === 'replication') {
    if (tables == null || (schema ?? table ?? cursor ?? id) != null)
      throw new KithError('INPUT_INVALID', 'Of replication expected tables, and no schema, table, cursor or id.')
    parseTables(tables)
    return { mode, relation: null, cursor_column: null, id_column: null, tables }
  }
  if (table == null || cursor == null || id == null || tables != null)
    throw new KithError('INPUT_INVALID', 'Of polling expected table, cursor and id, and no tables.')
  return { mode: 'polling', relation: [schema ?? 'public', table], cursor_column: cursor, id_column: id, tables: null }
}

type Creation = Place & { name: string; url: string; mapping: string; everySeconds?: number | null }

mutation<Creation>('createPostgresSource', {
  description:
    'Reads a table of another Postgres from now on, each row once, and again when its cursor has grown; or follows its log. SOURCE_HOST_REFUSED unless the operator allows the host.',
  scope: 'model',
  input: (t) => ({
    name: t.string({ required: true }),
    everySeconds: t.int({ description: 'Of polling: 60 to 86400; 60 when left out.' }),
    url: t.string({
      required: true,
      description: 'postgres://user:password@host:5432/database; sslmode=require is heard.',
    }),
    ...placed(t),
    mapping: t.string({ required: true }),
  }),
  payload,
  resolve: async ({ name, url, mapping, everySeconds, ...given }, { tenant, viewer }) => {
    refuseUnkeepable({ name, url, mapping, ...given })
    checkUrl(url)
    const place = placeOf(given)
    await checkMapping(viewer.tenantId, mapping)
    const row = await tenant(async (sql) => {
      const id = await insertPostgresSource(sql, { ...place, name, url, mapping, everySeconds: everySeconds ?? 60 })
      await requestPull(sql, id)
      return readPostgresSource(sql, id)
    })
    return { row }
  },
})

type Change = PostgresSourceChange & { source: string }

mutation<Change>('updatePostgresSource', {
  description:
    'Changes what is given; pauses and goes on. It is read at once. One that follows a log begins anew when it was paused or its URL is changed.',
  scope: 'model',
  input: (t) => ({
    source: t.id({ required: true }),
    url: t.string(),
    mapping: t.string(),
    everySeconds: t.int(),
    status: t.field({ type: Status }),
    restart: t.boolean({
      description:
        'From the first row again, of replication with the tables as they are now. Events that are stored are not stored twice; records are written again.',
    }),
  }),
  payload,
  resolve: async ({ source, ...change }, context) => {
    refuseUnkeepable(change)
    if (change.url != null) checkUrl(change.url)
    if (change.mapping != null) await checkMapping(context.viewer.tenantId, change.mapping)
    return { row: await changeAndPull(source, change, context) }
  },
})

mutation<{ source: string }>('pullPostgresSource', {
  description: 'Reads it now, and not when its time has come.',
  scope: 'model',
  input: (t) => ({ source: t.id({ required: true }) }),
  payload,
  resolve: async ({ source }, context) => ({ row: await changeAndPull(source, {}, context) }),
})

mutation<{ source: string }>('deletePostgresSource', {
  description:
    'Reads it no more, and drops its slot in the other database, as soon as that can be reached. What came of it stays.',
  scope: 'model',
  input: (t) => ({ source: t.id({ required: true }) }),
  payload: (t) => ({ source: t.id({ resolve: ({ source }: any) => source }) }),
  resolve: async ({ source }, { tenant }) => {
    if (!(await tenant((sql) => deletePostgresSource(sql, uuidOf('Source', source))))) missing('PostgresSource', source)
    return { source }
  },
})

function changeAndPull(source: string, change: PostgresSourceChange, { tenant }: Context) {
  const id = uuidOf('Source', source)
  return tenant(async (sql) => {
    if (!(await updatePostgresSource(sql, id, change))) missing('PostgresSource', source)
    await requestPull(sql, id)
    return readPostgresSource(sql, id)
  })
}

type RowPreview = Preview & { row: unknown; table: string | null }

const PreviewRow = builder.objectRef<RowPreview>('PostgresSourcePreviewRow').implement({
  description: 'A row, and what the mapping makes of it.',
  fields: (t) => ({
    row: t.field({ type: 'JSON', resolve: ({ row }) => row }),
    table: t.string({ nullable: true, description: 'Of replication: where it is.', resolve: ({ table }) => table }),
    events: t.field({ type: ['JSON'], resolve: ({ events }) => events }),
    records: t.field({ type: ['JSON'], resolve: ({ records }) => records }),
    problems: t.field({ type: [EventProblem], resolve: ({ problems }) => problems }),
  }),
})

type Previewed = Place & Given<{ source: string; url: string; mapping: string }>

mutation<Previewed>('previewPostgresSource', {
  description: `Connects, reads the first ${MOST_PREVIEWED} rows, and says what would come of them; of replication, also whether the log can be followed. Stores nothing, here or there.`,
  scope: 'model',
  input: (t) => ({
    source: t.id({
      description: 'One that is there: then only what would change of it is given, the URL or the mapping.',
    }),
    url: t.string(),
    ...placed(t),
    mapping: t.string(),
  }),
  payload: (t) => ({ rows: t.field({ type: [PreviewRow], resolve: ({ rows }: any) => rows }) }),
  resolve: async (given, { tenant, viewer }) => {
    const looked = given.source ? await changed(given.source, given, tenant) : made(given)
    const found = await firstRows(looked, MOST_PREVIEWED).catch(unreadable)
    const gate = await tenant((sql) => gateOf(sql, viewer.tenantId))
    const rows: RowPreview[] = []
    for (const input of found) {
      const made = routed(await runMapping(viewer.tenantId, looked.mapping, input))
      const table = looked.mode === 'polling' ? null : quoted(input as TableName)
      rows.push({ row: input.row, table, ...(await tryMade(tenant, made, gate)) })
    }
    return { rows }
  },
})

type Looked = SourcePlace & { url: string; mapping: string }

function made({ url, mapping, ...place }: Previewed): Looked {
  if (url == null || mapping == null)
    throw new KithError('INPUT_INVALID', 'Expected url, mapping and where to look, or the source that has them.')
  return { ...placeOf(place), url, mapping }
}

/** Its URL was never told to whoever asks: it reads what it was given for, and nothing else. */
async function changed(source: string, given: Previewed, tenant: Context['tenant']): Promise<Looked> {
  const { url, mapping, mode, schema, table, cursor, id, tables } = given
  if (mode ?? schema ?? table ?? cursor ?? id ?? tables)
    throw new KithError('INPUT_INVALID', 'Of a source that is there expected a url or a mapping only.')
  const row = await tenant((sql) => readPostgresSource(sql, uuidOf('Source', source)))
  if (!row) missing('PostgresSource', source)
  return { ...row, url: url ?? row.url, mapping: mapping ?? row.mapping }
}

function unreadable(error: Error): never {
  if (error instanceof KithError) throw error
  throw new KithError('SOURCE_UNREADABLE', `The other database says: ${error.message}`, { cause: error })
}
