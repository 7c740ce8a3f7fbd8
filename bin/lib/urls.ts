import type { Config } from '../../config.ts'
import { roleUrl } from '../../db/roles.ts'

/** The connection of relay and worker. */
export function workerUrl(config: Config): string {
  const url = config.WORKER_DATABASE_URL ?? (config.DATABASE_URL && roleUrl(config.DATABASE_URL, 'kith_worker'))
  if (!url) throw new Error('Expected DATABASE_URL or WORKER_DATABASE_URL; neither is set.')
  return url
}
