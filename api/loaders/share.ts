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
    const alone = batch.length === 1
    const failed: Work[] = []
    const settled: Promise<unknown>[] = []
    await tenant(async (sql) => {
      for (const work of batch) {
        settled.push(
          work.run(sql).then(work.resolve, (error) => {
            if (!alone && error?.code === ABORTED) failed.push(work)
            else work.reject(error)
          }),
        )
      }
      await Promise.all(settled)
    }).catch((error) => {
      // The transaction itself: those already answered take no notice.
      for (const work of batch) if (!failed.includes(work)) work.reject(error)
    })
    for (const work of failed) tenant(work.run).then(work.resolve, work.reject)
  }

  return (run) =>
    new Promise((resolve, reject) => {
      // Behind the loaders that are dispatched in this same tick.
      if (waiting.push({ run, resolve, reject }) === 1) process.nextTick(() => void flush())
    })
}
