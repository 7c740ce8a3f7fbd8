import { execFile } from 'node:child_process'
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { definePart } from './lib/part.ts'
import { asCopy, smallEvent } from './lib/small-events.ts'

/** The same events as a CSV file for each: POST /v1/imports/events, checked and deduplicated; and COPY, believed. */
export const part = definePart({
  about: 'A CSV file of small events through the import door, and by COPY',
  figures: {
    'import.csv_over_copy': {
      goal: 0.4,
      better: 'higher',
      unit: 'ratio',
      against: '`psql \\copy` of the same events into the same hypertable, indexes and triggers, without deduplication',
    },
  },
  async run(bench) {
    const db = await bench.database()
    const tenantId = await db.createTenant('shop')
    const { port } = await bench.start('api', db)
    const events = bench.size(500_000, 20_000)
    const folder = mkdtempSync(join(tmpdir(), 'kith-bench-'))
    bench.atEnd(async () => rmSync(folder, { recursive: true }))
    const all = Array.from({ length: events }, (_, n) => smallEvent(n, events))
    const [csv, tsv] = [join(folder, 'events.csv'), join(folder, 'events.tsv')]
    writeFileSync(csv, `messageId,userId,event,timestamp,path,price\n${all.map(asCsv).join('\n')}\n`)
    writeFileSync(tsv, `${all.map((event) => asCopy(event, tenantId)).join('\n')}\n`)

    const before = async () => {
      await db.owner`TRUNCATE events, event_ids`
      await db.owner`CHECKPOINT`
    }
    const answer = async () => {
      const [row] = await db.owner`
SELECT count(*)::int AS events, sum(hashtext(message_id || name || user_id || occurred_at || properties))::text AS sum FROM events`
      return { ...row }
    }
    const copy = `\\copy events (tenant_id, name, user_id, message_id, occurred_at, properties) FROM '${tsv}'`
    const { aSpeed } = await bench.alternated(
      { name: 'import', before, run: () => upload(port, csv), answer },
      {
        name: 'copy',
        before,
        run: () =>
          promisify(execFile)(join(bench.bin, 'psql'), [
            '-X',
            '-q',
            '-v',
            'ON_ERROR_STOP=1',
            '-d',
            db.ownerUrl,
            '-c',
            copy,
          ]),
        answer,
      },
      { rounds: bench.quick ? 2 : 3 },
    )
    return { 'import.csv_over_copy': { value: aSpeed, rows: events } }
  },
})

function asCsv({ messageId, userId, event, timestamp, properties }: ReturnType<typeof smallEvent>): string {
  const { path, price } = JSON.parse(properties) as { path: string; price: number }
  return `${messageId},${userId},${event},${timestamp},${path},${price}`
}

/** Resolves when the report says that it is done; throws where a line was refused. */
function upload(port: number, file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Basic ${Buffer.from('shop-write:').toString('base64')}`,
      'content-type': 'text/csv',
    }
    const call = request(
      { port, host: '127.0.0.1', path: '/v1/imports/events?name=bench', method: 'POST', headers },
      (response) => {
        let report = ''
        response.setEncoding('utf8')
        response.on('data', (chunk) => (report += chunk))
        response.on('end', () => {
          const last = report.trim().split('\n').at(-1) ?? ''
          if (last.includes('"done"') && last.includes('"refused":0')) resolve()
          else reject(new Error(`Expected the whole file to be taken; found ${last.slice(0, 300)}`))
        })
      },
    )
    call.on('error', reject)
    createReadStream(file, { highWaterMark: 1024 * 1024 }).pipe(call)
  })
}
