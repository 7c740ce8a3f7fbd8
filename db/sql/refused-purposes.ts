import type { Transaction } from '../client.ts'

/** `n`: which event is asked about; `ids`: the identifiers that it names. */
export type AskedPurpose = { n: number; purpose: string; channel: string | null; ids: Record<string, unknown> }

/** Those `n` of whose people one has refused the purpose, under any identifier that is known to be theirs. */
export async function refusedPurposes(sql: Transaction, tenantId: string, asked: AskedPurpose[]): Promise<Set<number>> {
  const rows = await sql<{ n: number }[]>`
SELECT n FROM refused_purposes(${tenantId}::uuid, ${JSON.stringify(asked)}::jsonb) AS n`
  return new Set(rows.map(({ n }) => n))
}
