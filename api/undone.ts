import type { Transaction } from '../db/client.ts'
import type { InTenant } from './loaders/share.ts'

/** What `work` resolves to. Whatever it wrote is undone. */
export async function undone<T>(tenant: InTenant, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const end = new Error('A dry run is undone.')
  let result: T | undefined
  try {
    await tenant(async (tx) => {
      result = await work(tx)
      throw end
    })
  } catch (error) {
    if (error !== end) throw error
  }
  return result as T
}
