import { setImmediate } from 'node:timers/promises'
import type { Transaction } from '../../db/client.ts'

export type InTenant = <T>(work: (sql: Transaction) => Promise<T>) => Promise<T>

type Work = {
  run: (sql: Transaction) => Promise<unknown>
  resolve: (value: any) => void
  reject: (error: unknown) => void
}

/** SQLSTATE of a statement that comes after one that failed in the same transaction. */
const ABORTED = '25P02'

/**
 * What a level of the query reads goes out in one transaction, one statement right behind the other: a person with twenty
 * lists takes one connection of the pool, not twenty. The next level follows in the same transaction, if it is asked for as soon
 * as this one is answered. One that fails takes down no other: those run again alone.
 */
export function shareTransactions(tenant: InTenant): InTenant {
  let waiting: Work[] = []
  let reading = false

  const take = (): Work[] => {
    const batch = waiting
    waiting = []
    return batch
  }

  async function read(): Promise<void> {
    while (waiting.length > 0) {
      let begun = false
      try {
        await tenant(async (sql) => {
          begun = true
          while (waiting.length > 0 && (await answer(sql, take()))) await setImmediate()
        })
      } catch (reason) {
        // It ends as one of its statements did, which has been told already; or it never was.
        if (!begun) for (const { reject } of take()) reject(reason)
      }
    }
    reading = false
  }

  /** Resolves to whether the transaction is still good for something. */
  async function answer(sql: Transaction, batch: Work[]): Promise<boolean> {
    const settled = await Promise.allSettled(batch.map(({ run }) => run(sql)))
    // Answered together, when all is read: what a level asks for is then one batch of the next level too.
    for (const [i, { run, resolve, reject }] of batch.entries()) {
      const result = settled[i] as PromiseSettledResult<unknown>
      if (result.status === 'fulfilled') resolve(result.value)
      else if (result.reason?.code === ABORTED) tenant(run).then(resolve, reject)
      else reject(result.reason)
    }
    return settled.every(({ status }) => status === 'fulfilled')
  }

  return (run) =>
    new Promise((resolve, reject) => {
      waiting.push({ run, resolve, reject })
      if (reading) return
      reading = true
      // Behind the loaders that are dispatched in this same tick.
      process.nextTick(() => void read())
    })
}
