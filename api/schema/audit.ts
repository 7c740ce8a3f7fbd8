/** Who changed what, when, from what to what. Written by the database itself (migration 0053). */
import { auditLog } from '../../db/schema/audit.ts'
import { builder } from '../builder.ts'
import { connectionField } from '../noun/connection.ts'
import { columnFields, nodeOptions, rowField } from '../noun/fields.ts'
import { noun } from '../noun/noun.ts'
import { ApiKey } from './api-key.ts'

const Action = builder.enumType('AuditAction', {
  description: 'What was done.',
  values: {
    created: {},
    updated: {},
    deleted: {},
    emptied: { description: 'A whole table, by TRUNCATE.' },
    called: { description: 'A mutation that changes no audited row; `object` is its name, `after` what it was asked.' },
  },
})
const ActorKind = builder.enumType('AuditActorKind', {
  description: 'Who did it.',
  values: {
    user: { description: 'Somebody who had signed in.' },
    key: { description: 'A program, by its key.' },
    job: { description: 'Kith itself, such as an erasure.' },
    sql: { description: 'Somebody with a database role of their own, by psql, COPY or dbt.' },
    api: { description: "The API, on nobody's behalf." },
  },
})

const AuditEntry = noun('AuditEntry', auditLog, {
  plural: 'auditLog',
  hidden: ['people'],
  enums: { action: Action, actorKind: ActorKind },
})

builder.node(AuditEntry.ref, {
  description: 'One change of one thing.',
  ...nodeOptions(AuditEntry),
  authScopes: { audit: true },
  fields: (t) => ({
    ...columnFields(t, AuditEntry, {
      at: '',
      action: '',
      object: 'The table, such as "segments"; of what was called, the mutation.',
      objectId: 'The id of the row within it.',
      before: 'What was, of the columns that changed; null where nothing was, or where an erasure took it away.',
      after: 'What is, of the columns that changed. Secrets are never here.',
      actorKind: '',
      actorId: '',
      actorName: "The person's address, kept for when they have left.",
      sqlRole: 'The database role it was done as.',
      requestId: 'The x-request-id of the request.',
    }),
    key: rowField(t, ApiKey, 'The key that did it.', (row) => (row.actorKind === 'key' ? row.actorId : null)),
  }),
})

builder.queryFields((t) => ({
  auditLog: connectionField(t, { noun: AuditEntry, name: 'all' }, 'Every change, latest first.', {
    authScopes: { audit: true },
  }),
}))
