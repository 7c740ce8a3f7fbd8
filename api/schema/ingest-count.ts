/** The ledger of the doors: what became of every event that was accepted. */
import { type IngestCount, readIngestCounts } from '../../db/sql/ingest-counts.ts'
import { builder } from '../builder.ts'
import { rowField } from '../noun/fields.ts'
import { Source } from './source.ts'

const Count = builder.objectRef<IngestCount>('IngestCount').implement({
  description:
    'What became of the events of one source and door. accepted = stored + deduplicated + dead + discarded + unconsented, always: it is counted in the transaction that stores them.',
  fields: (t) => ({
    source: rowField(t, Source, 'Null for keys without a source.', 'source_id'),
    door: t.exposeString('door', {
      description: '"http", "graphql", or "replay" for dead letters that were sent again.',
    }),
    accepted: t.exposeFloat('accepted'),
    stored: t.exposeFloat('stored'),
    deduplicated: t.exposeFloat('deduplicated'),
    dead: t.exposeFloat('dead', { description: 'Kept as dead letters.' }),
    records: t.exposeFloat('records', { description: 'Records that webhooks wrote; beside the sum of the events.' }),
    discarded: t.exposeFloat('discarded', { description: 'Kept out by your own filters and samples.' }),
    unconsented: t.exposeFloat('unconsented', { description: 'Of people who had refused what the events are for.' }),
  }),
})

builder.queryField('ingestCounts', (t) =>
  t.field({
    type: [Count],
    description: 'What became of the events that were accepted, per source and door, in whole hours.',
    args: { from: t.arg({ type: 'DateTime' }), before: t.arg({ type: 'DateTime' }) },
    resolve: (_root, { from, before }, { tenant }) =>
      tenant((sql) => readIngestCounts(sql, from ?? null, before ?? null)),
  }),
)
