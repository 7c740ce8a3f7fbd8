/** What labels and segments have in common: a key, a rule, a status, and how far the answer is complete. */
import { sql } from 'drizzle-orm'
import type { Transaction } from '../../db/client.ts'
import { askingFor, lockDefinitions, readTenant, type Status, type StoredDefinition } from '../../engine/definitions.ts'
import { checkLists } from '../../engine/model/lists.ts'
import { checkKinds } from '../../engine/model/objects.ts'
import { checkFieldsOfRule } from '../../engine/model/rule-fields.ts'
import { checkRuleLabels } from '../../engine/model/rule-labels.ts'
import {
  checkDefinition,
  nameOf,
  parseRuleOf,
  type Reference,
  references,
  type Subject,
} from '../../engine/rules/index.ts'
import type { TemplateDefinition } from '../../engine/rules/templates.ts'
import { KithError } from '../../errors.ts'
import { builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { declare } from '../noun/declared.ts'
import { columnFields } from '../noun/fields.ts'
import { uuidOf } from '../noun/id.ts'
import { mutation } from '../noun/mutation.ts'
import type { Noun } from '../noun/noun.ts'
import { missing } from '../noun/record.ts'
import { run } from '../noun/run.ts'
import { type RuleForms, ruleFields, takeRule } from './rule.ts'
import { type Input, insertRow, type Row, updateRow } from '../noun/write.ts'

export const DefinitionStatus = builder.enumType('DefinitionStatus', {
  values: {
    ACTIVE: { value: 'active', description: 'Kept up to date.' },
    PAUSED: { value: 'paused', description: 'Keeps its last answer, and catches up when resumed.' },
    ARCHIVED: { value: 'archived', description: 'Over: everybody has left.' },
  },
})

export const DefinitionSubject = builder.enumType('DefinitionSubject', {
  description: 'Whom a segment or label is about.',
  values: { PERSON: { value: 'person' }, ACCOUNT: { value: 'account' } } as const,
})

export function definitionFields(t: any, Definition: Noun): Record<string, any> {
  return {
    ...columnFields(t, Definition, {
      key: 'What rules and consumers call it by.',
      name: '',
      description: '',
      subject: 'Whom it is about; it never changes.',
      status: '',
      rule: 'See docs/rules.md.',
      version: 'Grows with every change of the rule or the status.',
      createdAt: '',
      updatedAt: '',
    }),
    complete: t.boolean({
      description: 'Whether the present version has been evaluated for everybody.',
      resolve: (row: Row) => row.version === row.backfilledVersion,
    }),
  }
}

/** `segment(id: ID, key: String)`. */
export function definitionQuery(t: any, Definition: Noun, description: string) {
  return t.field({
    type: Definition.ref,
    nullable: true,
    description,
    args: { id: t.arg.id(), key: t.arg.string() },
    resolve: (_root: unknown, { id, key }: { id?: string; key?: string }, { loaders }: Context) => {
      if ((id == null) === (key == null)) throw new KithError('INPUT_INVALID', 'Expected either id or key.')
      return id != null
        ? loaders.row(Definition, uuidOf(Definition.type, id))
        : byKey(loaders, Definition, key as string)
    },
    ...declare({ reads: 'one', noun: Definition }),
  })
}

export function byKey(loaders: Context['loaders'], Definition: Noun, key: string): Promise<Row | null> {
  return loaders
    .of<string, Row | null>(`key ${Definition.type}`, async (tx, keys) => {
      const rows = await run<Row>(
        tx,
        sql`SELECT ${Definition.select} FROM ${sql.identifier(Definition.from)} t WHERE t.key = ANY(${sql.param([...keys])}::text[])`,
        true,
      )
      const found = new Map(rows.map((row) => [row.key, row]))
      return keys.map((key) => found.get(key) ?? null)
    })
    .load(key)
}

type Walk = { done: string; total: string; startedAt: string; finishedAt: string | null }

export const Backfill = builder.objectRef<Walk>('Backfill').implement({
  description: 'A walk over everybody, after a rule is new or changed.',
  fields: (t) => ({
    done: t.int({ description: 'How many people it has been through.', resolve: ({ done }) => Number(done) }),
    total: t.int({
      description: 'How many there are; while it runs, as of its start.',
      resolve: ({ total }) => Number(total),
    }),
    startedAt: t.field({ type: 'DateTime', resolve: ({ startedAt }) => startedAt }),
    finishedAt: t.field({ type: 'DateTime', nullable: true, resolve: ({ finishedAt }) => finishedAt }),
  }),
})

export function backfillOf(loaders: Context['loaders'], kind: 'segment' | 'label', id: string): Promise<Walk | null> {
  return loaders
    .of<string, Walk | null>(`backfill ${kind}`, async (tx, ids) => {
      const rows = await run<Walk & { id: string }>(
        tx,
        sql`
SELECT definition_id AS id, done, total, started_at AS "startedAt", finished_at AS "finishedAt"
FROM backfills WHERE kind = ${kind} AND definition_id = ANY (${sql.param([...ids])}::uuid[])`,
        true,
      )
      const found = new Map(rows.map((row) => [row.id, row]))
      return ids.map((id) => found.get(id) ?? null)
    })
    .load(id)
}

/**
 * create, update, pause, resume and archive. The database tells the jobs. RULE_INVALID is thrown for a rule that is none;
 * what it refers to is checked against the tenant's other definitions, one save at a time, so that two cannot close a cycle.
 */
export function definitionMutations(Definition: Noun, forms: RuleForms): void {
  const { type } = Definition
  const one = type.toLowerCase() as Reference['kind']
  const target = {
    noun: Definition,
    references: {},
    names: ['key', 'name', 'description', 'subject', 'rule', 'status'],
  }
  const payload = (t: any) => ({ [one]: t.field({ type: Definition.ref, resolve: ({ row }: any) => row }) })
  const fields = (t: any, required: boolean) => ({
    name: t.string({ required }),
    description: t.string(),
    ...ruleFields(t, forms),
  })
  const change = (
    id: string,
    { rule: json, tree, accountTree, subject: said, ...input }: Input,
    { tenant, viewer }: Context,
  ) =>
    tenant(async (tx) => {
      const uuid = uuidOf(type, id)
      const [stored] = await tx<{ key: string; subject: Subject; rule: unknown; status: Status }[]>`
SELECT key, subject, rule, status FROM ${tx(Definition.from)} WHERE id = ${uuid}`
      const { key, subject, ...before } = stored ?? missing(type, id)
      if (said && said !== subject) {
        throw new KithError('INPUT_INVALID', `Expected the subject as it is, ${subject.toUpperCase()}.`)
      }
      // What it refers to may have been archived since.
      const isBack = before.status === 'archived' && (input.status === 'active' || input.status === 'paused')
      const rule = isBack
        ? parseRuleOf(one, subject, before.rule)
        : takeRule({ rule: json, tree, accountTree }, forms, subject)
      if (input.status === 'archived') await checkUnused(tx, viewer.tenantId, { kind: one, key })
      // Before it is written: what closes a circle is not among those that the tenant's definitions are read to.
      if (rule) await checkAmongOthers(tx, viewer.tenantId, { id: uuid, kind: one, key, subject, rule } as Candidate)
      const row = await updateRow(tx, target, uuid, rule ? { ...input, rule } : input)
      return { row: row ?? missing(type, id) }
    })

  mutation(`create${type}`, {
    description: `Defines a ${one}; who is in the answer follows within moments. RULE_INVALID names the node that does not fit.`,
    scope: 'define',
    input: (t) => ({
      key: t.string({ required: true, description: 'Lower-case letters, digits, "_" and "-"; cannot be changed.' }),
      subject: t.field({
        type: DefinitionSubject,
        description: 'Whom it is about; people when left out. It cannot be changed.',
      }),
      ...fields(t, true),
    }),
    payload,
    resolve: ({ tree, accountTree, ...given }, { tenant, viewer }) => {
      checkKey(given.key)
      const subject: Subject = given.subject ?? 'person'
      const rule = takeRule({ ...given, tree, accountTree }, forms, subject)
      if (rule === undefined) throw new KithError('INPUT_INVALID', 'Expected rule or tree; got neither.')
      const input = { ...given, subject, rule }
      return tenant(async (tx) => {
        await checkAmongOthers(tx, viewer.tenantId, { id: '', kind: one, key: input.key, subject, rule } as Candidate)
        return { row: await insertRow(tx, target, input) }
      })
    },
  })

  mutation(`update${type}`, {
    description: `Changes what is given. A new rule is evaluated for everybody.`,
    scope: 'define',
    input: (t) => ({
      id: t.id({ required: true }),
      subject: t.field({ type: DefinitionSubject, description: 'As it is: it cannot be changed.' }),
      ...fields(t, false),
    }),
    payload,
    resolve: ({ id, ...given }, context) => change(id, given, context),
  })

  for (const [verb, status, description] of [
    ['pause', 'paused', `Stops keeping the ${one} up to date; its last answer stays.`],
    ['resume', 'active', `Keeps the ${one} up to date again; it catches up with what happened meanwhile.`],
    [
      'archive',
      'archived',
      `Ends the ${one}: everybody leaves, with a transition that says why. DEFINITION_IN_USE while others ask for it.`,
    ],
  ] as const) {
    mutation(`${verb}${type}`, {
      description,
      scope: 'define',
      input: (t) => ({ id: t.id({ required: true }) }),
      payload,
      resolve: ({ id }, context) => change(id, { status }, context),
    })
  }
}

/** Throws DEFINITION_IN_USE where a definition that is not archived refers to it. The lock is held until it is archived. */
async function checkUnused(tx: Transaction, tenantId: string, definition: Reference): Promise<void> {
  const name = nameOf(definition)
  const usedBy = await askingFor(tx, tenantId, (rule) =>
    references(rule).some((reference) => nameOf(reference) === name),
  )
  if (usedBy.length === 0) return
  throw new KithError(
    'DEFINITION_IN_USE',
    `The ${name} is asked for by the ${usedBy.join(', the ')}: change or archive ${usedBy.length === 1 ? 'that' : 'those'} first.`,
    { status: 409, details: { usedBy } },
  )
}

export type Candidate = Parameters<typeof checkDefinition>[0]

/** Throws RULE_INVALID or RULE_CYCLE. The lock is held until the candidate is committed. */
export async function checkAmongOthers(tx: Transaction, tenantId: string, candidate: Candidate): Promise<void> {
  await lockDefinitions(tx, tenantId)
  await checkAmong(tx, (await readTenant(tx, tenantId))?.definitions ?? [], candidate)
}

/** The same, of one that is not going to be saved. */
export async function checkAmong(
  tx: Transaction,
  definitions: readonly StoredDefinition[],
  candidate: Candidate,
): Promise<void> {
  const all = definitions.filter(({ id }) => id !== candidate.id)
  const others = all.filter(({ status }) => status !== 'archived')
  const archived = all.filter(({ status }) => status === 'archived')
  checkDefinition(candidate, others, archived)
  await checkKinds(tx, candidate.rule)
  await checkLists(tx, candidate.rule)
  await checkFieldsOfRule(tx, candidate)
  checkRuleLabels(candidate, others)
}

/** About people, as a template has it. Throws RULE_INVALID or RULE_CYCLE; resolves to its id. */
export async function insertDefinition(
  tx: Transaction,
  tenantId: string,
  { kind, key, name, description, rule: json }: Omit<TemplateDefinition, 'rule'> & { rule: unknown },
): Promise<string> {
  const rule = parseRuleOf(kind, 'person', json)
  await checkAmongOthers(tx, tenantId, { id: '', kind, key, rule } as Candidate)
  const [row] = await tx<{ id: string }[]>`
INSERT INTO ${tx(`${kind}s`)} (key, name, description, rule) VALUES (${key}, ${name}, ${description}, ${JSON.stringify(rule)}::text::jsonb) RETURNING id`
  return row!.id
}

export function checkKey(key: string): void {
  if (/^[a-z0-9][a-z0-9_-]{0,62}$/.test(key)) return
  throw new KithError(
    'INPUT_INVALID',
    `Expected a key of up to 63 lower-case letters, digits, "_" and "-"; got ${JSON.stringify(key.slice(0, 80))}.`,
  )
}
