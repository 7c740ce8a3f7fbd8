/** The rows that prove an answer: the events, records and so on that a node is about, the latest first. */
import type { Transaction } from '../../db/client.ts'
import { inOrder, meant, type Rows } from './counted.ts'
import { eventRows } from './event.ts'
import { AT, Parameters, SUBJECTS_ASKED, TIMEZONE } from './parameters.ts'
import { ownRows, recordRows, RecordScans } from './records.ts'
import { EventScan, Facts, Parts } from './scan.ts'
import { identifiersThen, LIST_MEMBER } from './then.ts'
import { timeWindow } from './time.ts'
import type { EventMatcher, RecordKind, Subject, Where, Window } from './types.ts'

export type Evidence = {
  /** 'event', a kind of record, 'identifier', 'account', 'person', 'consent' or 'list'. */
  kind: string
  id: string
  at: string | null
  /** The event's name and properties, or the record's fields. */
  data: { [key: string]: unknown }
}

/** What to look for, of a person or an account: events or records, in a window; identifiers of a type; the accounts; consents; a list. */
export type Sought =
  | { event: EventMatcher & Window; first?: true }
  | { record: { kind: RecordKind; where?: Where | Where[]; on?: string } & Window }
  | { identifier: string }
  | { account: true }
  | { consent: { purpose: string; channel: string } }
  | { list: string }

/** Whom to ask about, and when; `knownBy`: by what was known at that instant. */
export type Moment = { subject?: Subject; id: string; at: string; timezone: string; knownBy?: string }

/** Of each thing sought, up to `most` rows. */
export async function findEvidence(
  sql: Transaction,
  sought: Sought[],
  moment: Moment,
  most: number,
): Promise<Evidence[][]> {
  const found: Evidence[][] = sought.map(() => [])
  if (sought.length === 0) return found
  const { text, parameters } = compileEvidence(sought, most, moment)
  const values = [[moment.id], moment.at, moment.timezone, ...parameters]
  const rows = await sql.unsafe<({ n: number } & Evidence)[]>(text, values as never[])
  for (const { n, ...evidence } of rows) found[n]!.push(evidence)
  return found
}

function compileEvidence(
  sought: Sought[],
  most: number,
  { subject = 'person', knownBy }: Moment,
): { text: string; parameters: string[] } {
  const parameters = new Parameters()
  const events = new EventScan(knownBy)
  const parts = new Parts('parts')
  const facts = new Facts('events')
  const records = new RecordScans(subject === 'person' ? 'profile' : 'account', knownBy)
  const then = knownBy && parameters.add(knownBy, 'timestamptz')
  const rows = (table: string, key?: string) => ownRows(table, then, key)
  const queries = sought.map((one, n) => {
    const select = (kind: string, id: string, at: string, data: string) =>
      `SELECT ${n} AS n, ${kind} AS kind, ${id}::text AS id, ${at}::timestamptz AS at, ${data} AS data`
    const latest = (rows: Rows, window: Window, edge: 'first' | 'last' = 'last') =>
      `WHERE ${meant(rows, timeWindow(window, parameters))} ORDER BY ${inOrder(rows, edge)} LIMIT ${most}`
    if ('event' in one) {
      const found = eventRows(one.event, { parameters, events, table: 'events_read', facts, parts })
      const data = `jsonb_build_object('name', e.name, 'properties', ${events.properties()})`
      return `(${select(`'event'`, 'e.id', found.time, data)} FROM ${found.source} ${latest(found, one.event, one.first ? 'first' : 'last')})`
    }
    if ('record' in one) {
      const found = recordRows(one.record, records, parts, parameters)
      const kind = parameters.add(one.record.kind, 'text')
      const data = `to_jsonb(r) - 'tenant_id' - 'owner_id' - 'identifier_id'`
      return `(${select(kind, 'r.id', found.time, data)} FROM ${found.source} ${latest(found, one.record)})`
    }
    if ('identifier' in one) {
      const data = `jsonb_build_object('type', o.type, 'value', o.value)`
      const type = parameters.add(one.identifier, 'text')
      return `(${select(`'identifier'`, 'o.id', 'o.first_seen', data)} FROM owned o WHERE o.type = ${type} ORDER BY o.value LIMIT ${most})`
    }
    if ('account' in one) {
      const data = `jsonb_build_object('name', a.name, 'externalId', a.external_id)`
      return `(${select(`'account'`, 'a.id', 'a.created_at', data)} FROM (${ACCOUNTS}) a ORDER BY a.name LIMIT ${most})`
    }
    if ('consent' in one) {
      const { purpose, channel } = one.consent
      const of = `c.purpose = ${parameters.add(purpose, 'text')} AND c.channel = ${parameters.add(channel, 'text')}`
      const data = `jsonb_build_object('purpose', c.purpose, 'channel', c.channel, 'state', c.state)`
      return `(${select(`'consent'`, 'c.id', 'c.updated_at', data)} FROM (${rows('consents')}) c WHERE ${of} ORDER BY c.updated_at DESC LIMIT ${most})`
    }
    const data = `jsonb_build_object('type', m.type, 'value', m.value)`
    const key = parameters.add(one.list, 'text')
    return `(${select(`'list'`, 'm.list_id', 'm.created_at', data)} FROM (${rows('list_members', LIST_MEMBER)}) m WHERE m.list_id IN (SELECT id FROM lists WHERE ${OURS} AND key = ${key}) LIMIT ${most})`
  })
  const profiles = subject === 'person' ? SUBJECTS_ASKED : PEOPLE
  const ctes = [
    parameters.onceCte(),
    then
      ? `owned AS (
SELECT p.id AS owner_id, i.id, type, value, i.first_seen
FROM unnest(${profiles}) AS p (id)
CROSS JOIN LATERAL (${identifiersThen('p.id', then)}) o
JOIN identifiers i ON i.${OURS} AND i.id = o.id AND (${AT}, ${TIMEZONE}) IS NOT NULL
)`
      : `owned AS (
SELECT profile_id AS owner_id, id, type, value, first_seen FROM identifiers
WHERE ${OURS} AND profile_id = ANY (${profiles}) AND (${AT}, ${TIMEZONE}) IS NOT NULL
)`,
    ...(subject === 'person'
      ? []
      : [`accounts_read AS (\nSELECT * FROM accounts WHERE ${OURS} AND id = ANY (${SUBJECTS_ASKED})\n)`]),
    ...(events.used ? [events.cte(parameters, false)] : []),
    ...records.build('id', parameters).ctes,
  ]
  return parameters.finish(`WITH ${ctes.join(',\n')}\n${queries.join('\nUNION ALL\n')}`)
}

const OURS = 'tenant_id = (SELECT kith_tenant())'

const PEOPLE = `ARRAY(SELECT profile_id FROM profile_accounts WHERE ${OURS} AND account_id = ANY (${SUBJECTS_ASKED}))`

const ACCOUNTS = `SELECT * FROM accounts WHERE ${OURS} AND id IN (
SELECT account_id FROM profile_accounts WHERE ${OURS} AND profile_id = ANY (${SUBJECTS_ASKED}))`
