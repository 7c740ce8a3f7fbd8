import { expect, it } from 'vitest'
import type { Transaction } from '../../db/client.ts'
import { shareTransactions, type InTenant } from './share.ts'

/** A tenant whose transactions are counted; `fail` makes the statement with that name fail, and those behind it. */
function counted({ fail = '' } = {}) {
  const transactions: string[][] = []
  const tenant = (async (work: (sql: Transaction) => Promise<unknown>) => {
    const statements: string[] = []
    transactions.push(statements)
    const run = async (name: string) => {
      const aborted = statements.some((earlier) => earlier === fail)
      statements.push(name)
      if (aborted) throw Object.assign(new Error('aborted'), { code: '25P02' })
      if (name === fail) throw new Error(`${name} failed`)
      return name
    }
    const result = await work(run as unknown as Transaction)
    if (statements.includes(fail)) throw new Error('rolled back')
    return result
  }) as InTenant
  const share = shareTransactions(tenant)
  return { transactions, ask: (name: string) => share((sql) => (sql as any)(name) as Promise<string>) }
}

it('reads all levels of a query in one transaction', async () => {
  const { transactions, ask } = counted()
  const level = async (names: string[]) => Promise.all(names.map(ask))
  await level(['a1', 'a2'])
  await level(['b1'])
  await level(['c1', 'c2'])
  expect(transactions).toEqual([['a1', 'a2', 'b1', 'c1', 'c2']])
})

it('reads in another transaction what is asked for later', async () => {
  const { transactions, ask } = counted()
  await ask('now')
  await new Promise((resolve) => setTimeout(resolve, 20))
  await ask('later')
  expect(transactions).toEqual([['now'], ['later']])
})

it('runs alone what came behind a statement that failed, and the next level in a transaction that is whole', async () => {
  const { transactions, ask } = counted({ fail: 'bad' })
  const settled = await Promise.allSettled([ask('good'), ask('bad'), ask('behind')])
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(await ask('next')).toBe('next')
  expect(transactions).toEqual([['good', 'bad', 'behind'], ['behind'], ['next']])
})

it('tells everybody when there is no transaction to be had, and asks again for those who come later', async () => {
  let down = true
  const share = shareTransactions((async (work: any) => {
    if (down) throw new Error('no database')
    return work()
  }) as InTenant)
  const ask = () => share(async () => 'answer')
  const settled = await Promise.allSettled([ask(), ask()])
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  down = false
  expect(await ask()).toBe('answer')
})
