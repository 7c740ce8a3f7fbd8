import type { Transaction } from '../client.ts'
import { isTimezone } from '../timezone.ts'

/**
 * The names of time zones that Postgres knows, in their order; some 20 ms. What JavaScript knows by itself is more: "Asia/Calcutta" is no
 * name where the operating system keeps old ones apart.
 */
export async function timezones(sql: Transaction): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`SELECT name FROM pg_timezone_names ORDER BY name`
  return rows.map(({ name }) => name).filter(isTimezone)
}
