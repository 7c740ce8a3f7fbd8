import type { IncomingMessage } from 'node:http'
import type { Client } from '../../db/client.ts'
import { userByEmail } from '../../db/sql/users.ts'
import { DEMO_ACCOUNTS, isFromHere, isLoopback } from './demo.ts'

/** The accounts to choose from on the page for signing in: where there is a demo, and nobody else can reach it. */
export async function demoAccounts(sql: Client, { headers }: IncomingMessage, host: string): Promise<object[]> {
  if (!isLoopback(host) || !isFromHere(headers)) return []
  if (!(await userByEmail(sql, DEMO_ACCOUNTS[0]!.email))) return []
  return DEMO_ACCOUNTS.map(({ role, email, password }) => ({ role, email, password }))
}
