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
 * lists takes one connection of the pool, not twenty. One that fails takes down no other: those run again alone.
 */
export function shareTransactions(tenant: InTenant): InTenant {
  let waiting: Work[] = []

  async function flush(): Promise<void> {
    const batch = waiting
    waiting = []
    let settled: PromiseSettledResult<unknown>[] | undefined
    try {
      await tenant(async (sql) => {
        settled = await Promise.allSettled(batch.map(({ run }) => run(sql)))
      })
    } catch (reason) {
      // Either the transaction never was, or it ends as one of its statements did, which the results tell already.
      settled ??= batch.map(() => ({ status: 'rejected', reason }))
    }
    // Answered together, when all is read: what a level asks for is then one batch of the next level too.
    for (const [i, { run, resolve, reject }] of batch.entries()) {
      const result = settled?.[i] as PromiseSettledResult<unknown>
      if (result.status === 'fulfilled') resolve(result.value)
      else if (result.reason?.code === ABORTED) tenant(run).then(resolve, reject)
      else reject(result.reason)
    }
  }

  return (run) =>
    new Promise((resolve, reject) => {
      // Behind the loaders that are dispatched in this same tick.
      if (waiting.push({ run, resolve, reject }) === 1) process.nextTick(() => void flush())
    })
}
