/** Sources that call us: how a call proves itself, and what its body means. */
import {
  type DeliveryRow,
  insertWebhook,
  readDeliveries,
  readWebhooks,
  updateWebhook,
  type Webhook,
} from '../../db/sql/webhooks.ts'
import { KithError } from '../../errors.ts'
import { builder } from '../builder.ts'
import { rowField } from '../noun/fields.ts'
import { uuidOf } from '../noun/id.ts'
import { gateOf } from '../ingest/gates.ts'
import { refuseUnkeepable } from '../noun/keepable.ts'
import { mutation } from '../noun/mutation.ts'
import { checkMapping } from '../webhooks/mapping.ts'
import { type Preview, previewMapping } from '../webhooks/preview.ts'
import { DeadLetter } from './dead-letter.ts'
import { Source } from './source.ts'

const Verify = builder.enumType('WebhookVerify', {
  description: 'How a call proves that it comes from who holds the secret.',
  values: {
    shopify: { description: 'X-Shopify-Hmac-Sha256.' },
    stripe: { description: 'Stripe-Signature.' },
    hubspot: { description: 'X-HubSpot-Signature-v3: the secret of the app.' },
    standard: { description: 'Standard Webhooks: webhook-id, webhook-timestamp, webhook-signature.' },
    hmac: { description: 'HMAC-SHA256 of the body in a header, in hexadecimal or base64, also after "sha256=".' },
  },
})

const Delivery = builder.objectRef<DeliveryRow>('WebhookDelivery').implement({
  description: 'What became of one call.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime' }),
    stored: t.exposeInt('stored', { description: 'Events.' }),
    deduplicated: t.exposeInt('deduplicated', { description: 'Events that had come before.' }),
    records: t.exposeInt('records', { description: 'Records written.' }),
    dead: t.exposeInt('dead', { description: 'Events that were refused, or 1 for the call as a whole.' }),
    code: t.exposeString('code', { nullable: true, description: 'Why the first was refused, or the call.' }),
    deadLetter: rowField(t, DeadLetter, 'What is kept of it.', 'dead_letter_id'),
  }),
})

const WebhookRef = builder.objectRef<Webhook>('Webhook').implement({
  description: 'A source that calls us.',
  fields: (t) => ({
    source: rowField(t, Source, 'What its events are attributed to.', 'source_id'),
    path: t.string({
      description: 'Where it is to call: POST.',
      resolve: (webhook) => `/v1/webhooks/${webhook.source_id}`,
    }),
    verify: t.field({ type: Verify, resolve: (webhook) => webhook.verify as 'hmac' }),
    header: t.exposeString('header', { nullable: true, description: 'For hmac; x-signature without.' }),
    mapping: t.exposeString('mapping', {
      description:
        'JSONata over {body, headers}: an event, {events, records}, a list of either, or nothing. See docs/webhooks.md.',
    }),
    updatedAt: t.field({ type: 'DateTime', resolve: (webhook) => webhook.updated_at }),
    deliveries: t.field({
      type: [Delivery],
      description: 'What became of the latest calls, latest first; of the last week, and at most 100.',
      args: { first: t.arg.int({ defaultValue: 20 }) },
      complexity: ({ first }) => ({ field: 1, multiplier: first ?? 20 }),
      resolve: ({ source_id }, { first }, { tenant }) =>
        tenant((sql) => readDeliveries(sql, source_id, Math.min(Math.max(first ?? 20, 0), 100))),
    }),
  }),
})

builder.queryField('webhooks', (t) =>
  t.field({
    type: [WebhookRef],
    description: 'Sources that call us. Their secrets are told to nobody.',
    authScopes: { model: true },
    resolve: (_root, _args, { tenant }) => tenant((sql) => readWebhooks(sql)),
  }),
)

type Create = { name: string; verify: string; header?: string | null; secret: string; mapping: string }
const webhookField = (t: any) => ({ webhook: t.field({ type: WebhookRef, resolve: ({ webhook }: any) => webhook }) })

mutation<Create>('createWebhook', {
  description:
    'Names a source that will call us. CONFLICT when the name is taken, MAPPING_FAILED when the mapping is no JSONata.',
  scope: 'model',
  input: (t) => ({
    name: t.string({ required: true }),
    verify: t.field({ type: Verify, required: true }),
    header: t.string(),
    secret: t.string({ required: true }),
    mapping: t.string({ required: true }),
  }),
  payload: webhookField,
  resolve: async ({ header = null, ...input }, { tenant, viewer }) => {
    refuseUnkeepable({ ...input, header })
    if (input.secret === '') throw new KithError('INPUT_INVALID', 'Expected a secret.')
    await checkMapping(viewer.tenantId, input.mapping)
    return { webhook: await tenant((sql) => insertWebhook(sql, { ...input, header })) }
  },
})

type Update = {
  source: string
  verify?: string | null
  header?: string | null
  secret?: string | null
  mapping?: string | null
}

mutation<Update>('updateWebhook', {
  description: 'Changes what is given. Dead letters that an earlier mapping left can then be replayed.',
  scope: 'model',
  input: (t) => ({
    source: t.id({ required: true }),
    verify: t.field({ type: Verify }),
    header: t.string(),
    secret: t.string(),
    mapping: t.string(),
  }),
  payload: webhookField,
  resolve: async ({ source, verify = null, header = null, secret = null, mapping = null }, { tenant, viewer }) => {
    refuseUnkeepable({ header, secret, mapping })
    if (secret === '') throw new KithError('INPUT_INVALID', 'Expected a secret.')
    if (mapping !== null) await checkMapping(viewer.tenantId, mapping)
    const change = { verify, header, secret, mapping }
    const webhook = await tenant((sql) => updateWebhook(sql, uuidOf('Source', source), change))
    if (!webhook) throw new KithError('NOT_FOUND', `There is no webhook of the source ${source}.`, { status: 404 })
    return { webhook }
  },
})

export const EventProblem = builder.objectRef<Preview['problems'][number]>('EventProblem').implement({
  description: 'Why an event or a record would be refused.',
  fields: (t) => ({
    part: t.exposeString('part', { description: '"events" or "records".' }),
    index: t.exposeInt('index'),
    code: t.exposeString('code'),
    reason: t.exposeString('reason'),
  }),
})

type PreviewInput = { mapping: string; body: unknown; headers?: Record<string, string> | null }

mutation<PreviewInput>('previewWebhook', {
  description: 'What a mapping would make of a call. Stores nothing.',
  scope: 'model',
  input: (t) => ({
    mapping: t.string({ required: true }),
    body: t.field({ type: 'JSON', required: true }),
    headers: t.field({ type: 'JSON', description: 'In lower case.' }),
  }),
  payload: (t) => ({
    events: t.field({ type: ['JSON'], resolve: (preview: Preview) => preview.events }),
    records: t.field({ type: ['JSON'], resolve: (preview: Preview) => preview.records }),
    problems: t.field({ type: [EventProblem], resolve: (preview: Preview) => preview.problems }),
  }),
  resolve: async ({ mapping, body, headers }, { tenant, viewer }) => {
    const gate = await tenant((tx) => gateOf(tx, viewer.tenantId))
    return previewMapping(viewer.tenantId, tenant, mapping, body, headers ?? {}, gate)
  },
})
