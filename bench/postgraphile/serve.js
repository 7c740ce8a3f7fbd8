// PostGraphile as its manual would have it in production, on the role, the tenant and the number of connections that Kith's API has.

import { createServer } from 'node:http'
import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { grafserv } from 'postgraphile/grafserv/node'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'

const { DATABASE_URL, TENANT, POOL, PORT } = process.env

const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  pgServices: [
    makePgService({ connectionString: DATABASE_URL, schemas: ['public'], poolConfig: { max: Number(POOL) } }),
  ],
  grafast: { context: { pgSettings: { 'kith.tenant_id': TENANT } }, explain: false },
  grafserv: { graphiql: false, watch: false },
})

const server = createServer()
await instance.createServ(grafserv).addTo(server)
server.listen(Number(PORT), '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
