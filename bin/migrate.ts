import { config } from '../config.ts'
import { migrate } from '../db/migrate.ts'

if (!config.DATABASE_URL) throw new Error('Expected DATABASE_URL, the connection of the owner; it is not set.')
await migrate(config.DATABASE_URL, config.WORKER_DATABASE_URL)
