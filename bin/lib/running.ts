import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { config } from '../../config.ts'

/** Where the embedded Postgres of this clone keeps its data. */
export const dataDir = config.KITH_DATA_DIR ?? join(import.meta.dirname, '../../.kith/data')

/** Holds the owner's address while `npm start` runs on that data. */
export const urlFile = join(dirname(dataDir), 'url')

/** The owner's connection: DATABASE_URL, or that of the Kith that runs in this folder; undefined when there is neither. */
export function runningUrl(): string | undefined {
  return config.DATABASE_URL ?? (existsSync(urlFile) ? readFileSync(urlFile, 'utf8').trim() : undefined)
}
