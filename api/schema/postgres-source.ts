/** Tables of other databases that are read from time to time. */
import {
  insertPostgresSource,
  type PostgresSourceChange,
  type PostgresSourceRow,
  readPostgresSource,
  readPostgresSources,
  requestPull,
  updatePostgresSource,
} from '../../db/sql/postgres-sources.ts'
import { KithError } from '../../errors.ts'
import { builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { gateOf } from '../ingest/gates.ts'
import { rowField } from '../noun/fields.ts'
import { uuidOf } from '../noun/id.ts'
import { mutation } from '../noun/mutation.ts'
import { missing } from '../noun/record.ts'
import { checkUrl, withRemote } from '../postgres-source/remote.ts'
import { parseJson } from '../webhooks/delivery.ts'
import { checkMapping, runMapping } from '../webhooks/mapping.ts'
import { type Preview, tryMade } from '../webhooks/preview.ts'
import { routed } from '../webhooks/router.ts'
import { Source } from './source.ts'
import { EventProblem } from './webhook.ts'

const MOST_PREVIEWED = 20

const Status = builder.enumType('PostgresSourceStatus', {
  values: { ACTIVE: { value: 'active' }, PAUSED: { value: 'paused' } } as const,
})

const PostgresSource = builder.objectRef<PostgresSourceRow>('PostgresSource').implement({
  description: 'A table or view of another Postgres that is read from time to time. Its URL is told to nobody.',
  fields: (t) => ({
    source: rowField(t, Source, 'What its events are attributed to.', 'source_id'),
    schema: t.string({ resolve: ({ relation }) => relation[0] }),
    table: t.string({ resolve: ({ relation }) => relation[1] }),
    cursor: t.exposeString('cursor_column', { description: 'The column that grows with every change.' }),
    id: t.exposeString('id_column', { description: 'The column that tells rows with one cursor apart.' }),
    mapping: t.exposeString('mapping', { description: 'JSONata over {row}: as that of a webhook.' }),
    everySeconds: t.exposeInt('every_seconds'),
    status: t.field({ type: Status, resolve: ({ status }) => status }),
    position: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Of the last row; null at the beginning.',
      resolve: ({ position }) => position,
    }),
    rows: t.float({ description: 'That were read.', resolve: ({ rows }) => Number(rows) }),
    stored: t.float({ description: 'Events that came of them.', resolve: ({ stored }) => Number(stored) }),
    records: t.float({ description: 'Records that came of them.', resolve: ({ records }) => Number(records) }),
    dead: t.float({ description: 'Rows that are dead letters.', resolve: ({ dead }) => Number(dead) }),
    error: t.exposeString('error', { nullable: true, description: 'Of the last round.' }),
    failures: t.exposeInt('failures', { description: 'Rounds that failed, one after the other; each waits longer.' }),
    pulledAt: t.field({ type: 'DateTime', nullable: true, resolve: ({ pulled_at }) => pulled_at }),
    nextAt: t.field({ type: 'DateTime', resolve: ({ next_at }) => next_at }),
  }),
})

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

const whole = (t: any) => ({
  url: t.string({
    required: true,
    description: 'postgres://user:password@host:5432/database; sslmode=require is heard.',
  }),
  schema: t.string({ description: '"public" when left out.' }),
  table: t.string({ required: true, description: 'Or a view.' }),
  cursor: t.string({
    required: true,
    description: 'Grows with every change of a row: an updated_at, or a serial id of what is only added.',
  }),
  id: t.string({ required: true, description: 'Tells rows with one cursor apart: the primary key.' }),
  mapping: t.string({ required: true }),
})

type Place = { url: string; schema?: string | null; table: string; cursor: string; id: string; mapping: string }

mutation<Place & { name: string; everySeconds?: number | null }>('createPostgresSource', {
  description:
    'Reads a table of another Postgres from now on: each row once, and again when its cursor has grown. SOURCE_HOST_REFUSED unless the operator allows the host.',
  scope: 'model',
  input: (t) => ({
    name: t.string({ required: true }),
    everySeconds: t.int({ description: '60 to 86400; 60 when left out.' }),
    ...whole(t),
  }),
  payload,
  resolve: async ({ schema, everySeconds, ...given }, { tenant, viewer }) => {
    checkUrl(given.url)
    await checkMapping(viewer.tenantId, given.mapping)
    const row = await tenant(async (sql) => {
      const id = await insertPostgresSource(sql, {
        ...given,
        schema: schema ?? 'public',
        everySeconds: everySeconds ?? 60,
      })
      await requestPull(sql, id)
      return readPostgresSource(sql, id)
    })
    return { row }
  },
})

type Change = PostgresSourceChange & { source: string }

mutation<Change>('updatePostgresSource', {
  description: 'Changes what is given; pauses and goes on. It is read at once.',
  scope: 'model',
  input: (t) => ({
    source: t.id({ required: true }),
    url: t.string(),
    mapping: t.string(),
    everySeconds: t.int(),
    status: t.field({ type: Status }),
    restart: t.boolean({
      description: 'From the first row again. Events that are stored are not stored twice; records are written again.',
    }),
  }),
  payload,
  resolve: async ({ source, ...change }, context) => {
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

function changeAndPull(source: string, change: PostgresSourceChange, { tenant }: Context) {
  const id = uuidOf('Source', source)
  return tenant(async (sql) => {
    if (!(await updatePostgresSource(sql, id, change))) missing('PostgresSource', source)
    await requestPull(sql, id)
    return readPostgresSource(sql, id)
  })
}

type RowPreview = Preview & { row: unknown }

const PreviewRow = builder.objectRef<RowPreview>('PostgresSourcePreviewRow').implement({
  description: 'A row, and what the mapping makes of it.',
  fields: (t) => ({
    row: t.field({ type: 'JSON', resolve: ({ row }) => row }),
    events: t.field({ type: ['JSON'], resolve: ({ events }) => events }),
    records: t.field({ type: ['JSON'], resolve: ({ records }) => records }),
    problems: t.field({ type: [EventProblem], resolve: ({ problems }) => problems }),
  }),
})

type Previewed = { [member in keyof Place]?: Place[member] | null } & { source?: string | null }

mutation<Previewed>('previewPostgresSource', {
  description: `Connects, reads the first ${MOST_PREVIEWED} rows, and says what would come of them. Stores nothing.`,
  scope: 'model',
  input: (t) => ({
    source: t.id({
      description: 'One that is there: then only what would change of it is given, the URL or the mapping.',
    }),
    url: t.string(),
    schema: t.string(),
    table: t.string(),
    cursor: t.string(),
    id: t.string(),
    mapping: t.string(),
  }),
  payload: (t) => ({ rows: t.field({ type: [PreviewRow], resolve: ({ rows }: any) => rows }) }),
  resolve: async (given, { tenant, viewer }) => {
    const { url, mapping, ...place } = given.source ? await changed(given.source, given, tenant) : made(given)
    const { rows: found } = await withRemote(url, place, (read) => read(null, MOST_PREVIEWED)).catch(unreadable)
    const gate = await tenant((sql) => gateOf(sql, viewer.tenantId))
    const rows: RowPreview[] = []
    for (const row of found.map(({ json }) => parseJson(json) as RowPreview['row']))
      rows.push({ row, ...(await tryMade(tenant, routed(await runMapping(viewer.tenantId, mapping, { row })), gate)) })
    return { rows }
  },
})

type Looked = Pick<PostgresSourceRow, 'relation' | 'cursor_column' | 'id_column' | 'mapping'> & { url: string }

function made({ url, schema, table, cursor, id, mapping }: Previewed): Looked {
  if (url == null || table == null || cursor == null || id == null || mapping == null)
    throw new KithError('INPUT_INVALID', 'Expected url, table, cursor, id and mapping, or the source that has them.')
  return { url, relation: [schema ?? 'public', table], cursor_column: cursor, id_column: id, mapping }
}

/** Its URL was never told to whoever asks: it reads the table that it was given for, and no other. */
async function changed(source: string, given: Previewed, tenant: Context['tenant']): Promise<Looked> {
  const { url, mapping, schema, table, cursor, id } = given
  if (schema ?? table ?? cursor ?? id)
    throw new KithError('INPUT_INVALID', 'Of a source that is there expected a url or a mapping only.')
  const row = await tenant((sql) => readPostgresSource(sql, uuidOf('Source', source)))
  if (!row) missing('PostgresSource', source)
  return { ...row, url: url ?? row.url, mapping: mapping ?? row.mapping }
}

function unreadable(error: Error): never {
  if (error instanceof KithError) throw error
  throw new KithError('SOURCE_UNREADABLE', `The other database says: ${error.message}`, { cause: error })
}
