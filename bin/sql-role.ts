// `npm run sql-role -- <tenant> <role>` makes a login role that reads the SQL views of one tenant, and prints how to connect;
// with `--personal` one that sees the fields that the model says are personal, too.
// `npm run sql-role -- --drop <role>` ends it. See docs/sql.md.

import { randomBytes } from 'node:crypto'
import { connect } from '../db/client.ts'
import { createSqlRole, dropSqlRole } from '../db/sql-roles.ts'
import { runningUrl } from './lib/running.ts'

const url = runningUrl()
if (!url) fail('nothing to connect to: run `npm start` in this folder first, or set DATABASE_URL')

const personal = process.argv.includes('--personal')
const [first, second] = process.argv.slice(2).filter((argument) => argument !== '--personal')
if (!first || !second)
  fail('usage: npm run sql-role -- <tenant> <role> [--personal]   or   npm run sql-role -- --drop <role>')

const sql = connect(url, { max: 1, name: 'kith sql-role' })
try {
  if (first === '--drop') {
    await dropSqlRole(sql, second)
  } else {
    const password = randomBytes(18).toString('base64url')
    await createSqlRole(sql, { tenant: first, role: second, password, personal })
    const address = new URL(url)
    address.username = second
    address.password = password
    console.log(`Keep this, it is shown once:\n\n  psql '${address.href}'\n`)
  }
} catch (error) {
  fail((error as Error).message)
} finally {
  await sql.end()
}

function fail(message: string): never {
  console.error(`kith: ${message}`)
  process.exit(1)
}
