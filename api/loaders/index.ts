/**
 * Loaders of one request, and so of one tenant: what a level of the query asks for is read in one statement. After a
 * mutation they forget, so that the fields of its payload see what it wrote.
 */
import DataLoader from 'dataloader'
import type { Transaction } from '../../db/client.ts'
import type { Noun } from '../noun/noun.ts'
import { countPages, loadPages, type Page, type PageArgs, type Relation } from './pages.ts'
import { loadRows } from './rows.ts'
import { type InTenant, shareTransactions } from './share.ts'
import { NIL } from '../../db/uuid.ts'

type Row = Record<string, unknown>

/** The parent of lists that have none. */
export const ROOT = NIL

export class Loaders {
  readonly #tenant: InTenant
  readonly #loaders = new Map<string, DataLoader<any, any>>()

  constructor(tenant: InTenant) {
    this.#tenant = shareTransactions(tenant)
  }

  /**
   * A loader by name: `load` gets the transaction and the distinct keys of one tick and answers in their order. Use it for
   * whatever is neither a row by its id nor a list.
   */
  of<Key, Value>(name: string, load: (sql: Transaction, keys: readonly Key[]) => Promise<(Value | Error)[]>) {
    let loader = this.#loaders.get(name) as DataLoader<Key, Value> | undefined
    if (!loader) {
      loader = new DataLoader<Key, Value>((keys) => this.#tenant((sql) => load(sql, keys)), { maxBatchSize: 1000 })
      this.#loaders.set(name, loader)
    }
    return loader
  }

  row(noun: Noun, key: string | null | undefined): Promise<any> {
    if (!key) return Promise.resolve(null)
    return this.of<string, Row | null>(`row ${noun.type}`, (sql, keys) => loadRows(sql, noun, keys)).load(key)
  }

  /** Those of the rows that there are. */
  async rows(noun: Noun, keys: readonly string[]): Promise<any[]> {
    return (await Promise.all(keys.map((key) => this.row(noun, key)))).filter((row) => row !== null)
  }

  page(relation: Relation, parent: string, args: PageArgs): Promise<Page> {
    const name = `page ${relation.noun.type} ${relation.name} ${JSON.stringify(args)}`
    return this.of<string, Page>(name, (sql, keys) => loadPages(sql, relation, args, [...keys])).load(parent)
  }

  count(relation: Relation, parent: string, filter: PageArgs['filter']): Promise<number> {
    const name = `count ${relation.noun.type} ${relation.name} ${JSON.stringify(filter ?? null)}`
    return this.of<string, number>(name, (sql, keys) => countPages(sql, relation, filter, [...keys])).load(parent)
  }

  clear(): void {
    this.#loaders.clear()
  }
}
