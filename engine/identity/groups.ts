/** Group calls: who belongs to which account, and what is said about the account. */
import type { Transaction } from '../../db/client.ts'
import type { EventRow } from '../../db/sql/identity/read-said.ts'
import {
  type GroupWrite,
  type MembershipWrite,
  foldAccountTraits,
  upsertAccounts,
  upsertMemberships,
} from '../../db/sql/identity/write-groups.ts'
import { canonicalInstant, earlier, later } from './instant.ts'

type GroupEvent = EventRow & { group_id: string }

/** Resolves to the identifiers about whose accounts something is new. */
export async function writeGroups(
  sql: Transaction,
  tenantId: string,
  events: EventRow[],
  known: Set<string>,
): Promise<string[]> {
  const calls = events.filter((event): event is GroupEvent => Boolean(event.group_id?.trim()))
  if (calls.length === 0) return []
  calls.sort((a, b) => (at(a) < at(b) ? -1 : 1))
  const groups = groupsOf(calls)
  const accounts = await upsertAccounts(sql, tenantId, [...groups.values()])
  const idOf = new Map(accounts.map((account) => [account.external_id, account.id]))
  const said = [...groups].flatMap(([groupId, { traits }]) => {
    const account_id = idOf.get(groupId)
    return account_id && Object.keys(traits).length > 0 ? [{ account_id, traits }] : []
  })
  if (said.length > 0) await foldAccountTraits(sql, tenantId, said)
  const memberships = membershipsOf(calls, known, idOf)
  if (memberships.length === 0) return []
  const rows = await upsertMemberships(sql, tenantId, memberships)
  return rows.map((row) => row.identifier_id)
}

/** What is said last counts; calls come in the order of their times. */
function groupsOf(calls: GroupEvent[]): Map<string, GroupWrite> {
  const groups = new Map<string, GroupWrite>()
  for (const call of calls) {
    const traits: GroupWrite['traits'] = { ...groups.get(call.group_id)?.traits }
    for (const [trait, v] of Object.entries(call.group_traits ?? {})) {
      // As an own property, whatever it is called.
      Object.defineProperty(traits, trait, {
        value: { v, at: at(call), by: call.id },
        ...{ enumerable: true, configurable: true, writable: true },
      })
    }
    const value = (trait: string) => (traits[trait] as { v: unknown } | undefined)?.v
    const employees = value('employees')
    groups.set(call.group_id, {
      external_id: call.group_id,
      name: text(value('name')),
      domain: domainOf(text(value('domain')) ?? text(value('website'))),
      industry: text(value('industry')),
      employees: Number.isSafeInteger(employees) && Math.abs(Number(employees)) < 2 ** 31 ? Number(employees) : null,
      traits,
    })
  }
  return groups
}

function membershipsOf(calls: GroupEvent[], known: Set<string>, idOf: Map<string, string>): MembershipWrite[] {
  const rows = new Map<string, MembershipWrite>()
  for (const call of calls) {
    const accountId = idOf.get(call.group_id)
    if (!accountId || !call.identifier_id || !known.has(call.identifier_id)) continue
    const key = `${call.identifier_id} ${accountId}`
    const old = rows.get(key)
    rows.set(key, {
      identifier_id: call.identifier_id,
      account_id: accountId,
      role: text(call.group_traits?.role) ?? old?.role ?? null,
      first_seen: old ? earlier(old.first_seen, at(call)) : at(call),
      last_seen: old ? later(old.last_seen, at(call)) : at(call),
    })
  }
  return [...rows.values()]
}

function at(event: EventRow): string {
  return canonicalInstant(event.occurred_at) ?? event.occurred_at
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null
}

/** 'https://www.example.org/about' -> 'example.org'. */
function domainOf(value: string | null): string | null {
  const host = value
    ?.toLowerCase()
    .replace(/^[a-z]+:\/\//, '')
    .split(/[/?#:]/)[0]
  return host?.includes('.') ? host.replace(/^www\./, '') : null
}
