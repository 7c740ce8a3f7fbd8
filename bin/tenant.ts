// `npm run tenant -- <slug> [name] [timezone] [e-mail of its owner]`: a new tenant of DATABASE_URL, its first three keys, shown this
// once, and a link by which its owner joins.

import { randomBytes } from 'node:crypto'
import { connect } from '../db/client.ts'
import { createTenant } from '../db/sql/create-tenant.ts'
import { isTimezone } from '../db/timezone.ts'
import { linkFor } from './lib/link.ts'
import { runningUrl } from './lib/running.ts'

const url = runningUrl()
const [slug, name, timezone, email] = process.argv.slice(2)

if (!slug || !/^[a-z0-9][a-z0-9-]*$/.test(slug)) {
  console.error(
    'usage: npm run tenant -- <slug> [name] [timezone] [owner], such as: npm run tenant -- acme "Acme Ltd" Europe/Berlin ada@example.com',
  )
  process.exit(1)
}
if (!url) {
  console.error('kith: no database to make a tenant in: set DATABASE_URL, or run `npm start` in this folder first')
  process.exit(1)
}

if (timezone && !isTimezone(timezone)) {
  console.error(`kith: expected the name of a time zone, such as Europe/Berlin or UTC; got ${timezone}`)
  process.exit(1)
}

const keys = (['write', 'read', 'admin'] as const).map((scope) => ({
  key: `${slug}-${scope}-${randomBytes(24).toString('base64url')}`,
  name: `First ${scope} key`,
  scopes: [scope],
  ...(scope === 'read' ? {} : { source: 'Default' }),
}))
const owner = connect(url, { max: 1, name: 'kith tenant' })
try {
  const id = await createTenant(owner, { slug, name: name ?? slug, timezone, keys })
  console.log(`tenant  ${id}  ${slug}`)
  for (const { scopes, key } of keys) console.log(`${scopes[0]!.padEnd(6)}  ${key}`)
  if (email) console.log(await linkFor(owner, id, email, 'owner'))
} catch (error) {
  const taken = (error as { code?: string }).code === '23505'
  console.error(`kith: ${taken ? `there is a tenant ${slug} already` : (error as Error).message}`)
  process.exitCode = 1
} finally {
  await owner.end()
}
