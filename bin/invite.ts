// `npm run invite -- <tenant> <e-mail> [role]`: a link by which somebody joins a tenant, as its owner if nothing else is said; for
// who is in it already, one to choose a new password. Whoever runs Kith may do this; everybody else is invited in the console.

import { type Role, ROLES } from '../api/auth/permissions.ts'
import { connect } from '../db/client.ts'
import { linkFor } from './lib/link.ts'
import { runningUrl } from './lib/running.ts'

const url = runningUrl()
const [slug, email, role = 'owner'] = process.argv.slice(2)
if (!slug || !email || !ROLES.includes(role as Role))
  fail(`usage: npm run invite -- <tenant> <e-mail> [${ROLES.join('|')}]`)
if (!url) fail('nothing to connect to: run `npm start` in this folder first, or set DATABASE_URL')

const owner = connect(url, { max: 1, name: 'kith invite' })
try {
  const [tenant] = await owner<{ id: string }[]>`SELECT id FROM tenants WHERE slug = ${slug}`
  if (!tenant) throw new Error(`there is no tenant ${slug}`)
  console.log(await linkFor(owner, tenant.id, email, role as Role))
} catch (error) {
  console.error(`kith: ${(error as Error).message}`)
  process.exitCode = 1
} finally {
  await owner.end()
}

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}
