import { PgoutputParser } from 'pg-logical-replication/dist/output-plugins/pgoutput/pgoutput-parser.js'
import type { Client } from '../db/client.ts'

/** What the log tells the relay, by a slot of pgoutput, since the last time. */
export async function readMessages<Message>(sql: Client, slot: string): Promise<Message[]> {
  const changes = await sql<{ data: Buffer }[]>`
SELECT data FROM pg_logical_slot_get_binary_changes(${slot}, NULL, NULL, 'proto_version', '1', 'publication_names', 'kith', 'messages', 'true')`
  const parser = new PgoutputParser()
  return changes.flatMap(({ data }) => {
    const message = parser.parse(data)
    return message.tag === 'message' && message.prefix === 'kith' ? [JSON.parse(message.content.toString())] : []
  })
}
