/** API processes that end, gently or not, while events are sent to them. */
import { afterAll, expect, it } from 'vitest'
import { testDatabase, until } from '../database.ts'
import { type KithProcess, startProcess } from '../processes.ts'

const db = await testDatabase()
const tenantId = await db.createTenant('shop')
const running = new Set<KithProcess>()
afterAll(() => Promise.all([...running].map((process) => process.kill())))

async function startApi() {
  const process = startProcess('bin/api.ts', { DATABASE_URL: db.ownerUrl, PORT: '0', LOG_LEVEL: 'info' })
  running.add(process)
  const port = await until(() => /api listens.* port=(\d+)/.exec(process.output())?.[1], Boolean, { timeout: 60_000 })
  return { ...process, url: `http://127.0.0.1:${port}` }
}

it('stores what was acknowledged, and everything once, while processes are stopped, killed and started again', async () => {
  const apis = await Promise.all([startApi(), startApi()])
  const headers = { authorization: `Basic ${Buffer.from('shop-write:').toString('base64')}` }
  const acknowledged = new Set<string>()
  let [sent, failed, halt] = [0, 0, false]

  // Like an SDK: the same batch again until somebody has answered with 200.
  const sender = async (name: number) => {
    for (let n = 0; !halt; n++) {
      const batch = Array.from({ length: 20 }, (_, i) => ({
        type: 'page',
        userId: `u${i}`,
        messageId: `m-${name}-${n}-${i}`,
      }))
      sent += batch.length
      for (let attempt = name; ; attempt++) {
        const answer = await fetch(`${apis[attempt % apis.length]!.url}/v1/batch`, {
          method: 'POST',
          headers,
          body: JSON.stringify({ batch }),
        }).then(
          (response) => response.json() as Promise<{ success?: boolean; dead?: unknown[] }>,
          () => ({}) as { success?: boolean },
        )
        if (answer.success) break
        failed++
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      for (const { messageId } of batch) acknowledged.add(messageId)
    }
  }
  const senders = Array.from({ length: 4 }, (_, name) => sender(name))
  const more = (count: number) => {
    const goal = acknowledged.size + count
    return until(() => acknowledged.size > goal, Boolean, { timeout: 60_000 })
  }

  await more(400)
  const stopped = apis[0]!
  expect(await stopped.stop()).toBe(0)
  expect(stopped.output()).toContain('api stops')
  apis[0] = await startApi()
  await more(400)
  await apis[1]!.kill()
  apis[1] = await startApi()
  await more(400)
  halt = true
  await Promise.all(senders)

  const [row] = await db.owner`
SELECT count(*)::int AS rows, count(DISTINCT message_id)::int AS ids FROM events WHERE tenant_id = ${tenantId}`
  expect(row).toEqual({ rows: sent, ids: sent })
  expect(acknowledged.size).toBe(sent)
  expect(failed).toBeGreaterThan(0)
  const [ledger] = await db.owner`
SELECT sum(stored)::int AS stored, sum(dead)::int AS dead, sum(accepted - stored - deduplicated - dead)::int AS missing FROM ingest_counts WHERE tenant_id = ${tenantId}`
  expect(ledger).toEqual({ stored: sent, dead: 0, missing: 0 })
  for (const api of apis) expect(await api.stop()).toBe(0)
})
