/** Lists that rules ask for: a rule names one that is there, and one that a rule names stays. */
import type { Transaction } from '../../db/client.ts'
import { KithError } from '../../errors.ts'
import { askingFor } from '../definitions.ts'
import { type AnyRule, listsAsked } from '../rules/index.ts'

/** Throws RULE_INVALID. Whoever deletes a list meanwhile waits for the lock of the definitions. */
export async function checkLists(sql: Transaction, rule: AnyRule): Promise<void> {
  const asked = listsAsked(rule)
  if (asked.length === 0) return
  const rows = await sql<
    { key: string }[]
  >`SELECT key FROM lists WHERE key = ANY (${asked.map(({ key }) => key)}::text[])`
  const known = new Set(rows.map(({ key }) => key))
  const missing = asked.find(({ key }) => !known.has(key))
  if (!missing) return
  throw new KithError('RULE_INVALID', `There is no list with the key "${missing.key}"; make it first, by createList.`, {
    details: { path: missing.path },
  })
}

/** Throws LIST_IN_USE, and says by what. */
export async function checkListUnused(sql: Transaction, tenantId: string, key: string): Promise<void> {
  const usedBy = await askingFor(sql, tenantId, (rule) => listsAsked(rule).some((asked) => asked.key === key))
  if (usedBy.length === 0) return
  const message = `The list ${key} cannot be deleted: rules ask for it (${usedBy.join(', ')}). Change or archive them first.`
  throw new KithError('LIST_IN_USE', message, { status: 409, details: { usedBy } })
}
