import { Agent, request } from 'node:http'
import { openCrm } from './lib/crm.ts'
import { definePart } from './lib/part.ts'
import { startPostGraphile, version } from './lib/postgraphile.ts'

const CONCURRENCY = 16

const against = `requests a second of PostGraphile ${version} without authentication, same tables, role, tenant, connections and JSON; ${CONCURRENCY} at once`

/** One operation in the words of either side; `data` of both is the same JSON, byte by byte. */
type Question = { kith: string; postgraphile: string }

const ACCOUNT = 'name domain industry'
const CONTACT = 'email firstName lastName title stage'
const ORDER = 'number status amount currency'
const ITEM = 'sku name quantity unitPrice'
const EVENT = 'name type properties messageId'

const PROFILE: Question = {
  kith: `query ($id: ID!) { profile(id: $id) { traits
    identifiers(first: 20) { nodes { type value } }
    labels(first: 20) { nodes { value label { key name } } }
    segments(first: 20) { nodes { segment { key name } } }
    events(first: 20) { nodes { ${EVENT} } }
    orders(first: 5) { nodes { ${ORDER} items(first: 10) { nodes { ${ITEM} } } } } } }`,
  postgraphile: `query ($tenant: UUID!, $id: UUID!) { profile: profileByTenantIdAndRowId(tenantId: $tenant, rowId: $id) { traits
    identifiers(first: 20, orderBy: [FIRST_SEEN_ASC, ROW_ID_ASC]) { nodes { type value } }
    labels(first: 20, orderBy: [SINCE_DESC, LABEL_ID_DESC]) { nodes { value label { key name } } }
    segments(first: 20, orderBy: [SINCE_DESC, SEGMENT_ID_DESC]) { nodes { segment { key name } } }
    events(most: 20) { nodes { ${EVENT} } }
    orders(most: 5) { nodes { ${ORDER} items(first: 10, orderBy: [ROW_ID_ASC]) { nodes { ${ITEM} } } } } } }`,
}

const NESTED: Question = {
  kith: `{ accounts(first: 20) { nodes { ${ACCOUNT}
    contacts(first: 10) { nodes { ${CONTACT} } }
    orders(first: 5) { nodes { ${ORDER} contact { ${CONTACT} } items(first: 5) { nodes { ${ITEM} } } } } } } }`,
  postgraphile: `{ accounts: allAccounts(first: 20, orderBy: [ROW_ID_DESC]) { nodes { ${ACCOUNT}
    contacts(first: 10, orderBy: [ROW_ID_DESC]) { nodes { ${CONTACT} } }
    orders(first: 5, orderBy: [PLACED_AT_DESC, ROW_ID_DESC]) { nodes { ${ORDER} contact { ${CONTACT} }
      items(first: 5, orderBy: [ROW_ID_ASC]) { nodes { ${ITEM} } } } } } } }`,
}

export const part = definePart({
  about: 'What the GraphQL API reads in a second, beside the fastest that Postgres has',
  figures: {
    'graphql.over_postgraphile': {
      goal: 1.5,
      better: 'higher',
      unit: 'ratio',
      against: `${against}; the lower of the two below`,
    },
    'graphql.profile_over_postgraphile': {
      goal: null,
      better: 'higher',
      unit: 'ratio',
      against: 'of one person: identifiers, labels, segments, 20 latest events, orders with their items',
    },
    'graphql.nested_over_postgraphile': {
      goal: null,
      better: 'higher',
      unit: 'ratio',
      against: 'of 20 accounts: their contacts, and their orders with contact and items',
    },
    'graphql.profile_per_s': { goal: null, better: 'higher', unit: 'requests/s', against: 'of Kith' },
    'graphql.nested_per_s': { goal: null, better: 'higher', unit: 'requests/s', against: 'of Kith' },
  },
  async run(bench) {
    const db = await bench.database()
    const { tenant, profiles } = await openCrm(db, bench.size(10_000, 500))
    const api = await bench.start('api', db)
    const other = await startPostGraphile(bench, db, tenant)
    const ask = {
      kith: asker(api.port, { authorization: 'Bearer crm-read' }),
      postgraphile: asker(other, {}),
    }
    const compare = async (
      question: Question,
      variables: { kith: object; postgraphile: object }[],
      requests: number,
    ) => {
      for (const { kith, postgraphile } of variables.slice(0, 50)) {
        const [ours, theirs] = [
          await ask.kith(question.kith, kith),
          await ask.postgraphile(question.postgraphile, postgraphile),
        ]
        if (ours !== theirs)
          throw new Error(`Expected the same bytes of both; Kith gave\n${ours}\nand PostGraphile\n${theirs}`)
      }
      const side = (name: 'kith' | 'postgraphile') => ({
        name,
        run: () => manyAtOnce(requests, (n) => ask[name](question[name], variables[n % variables.length]![name])),
        answer: async () => undefined,
      })
      const { a, aSpeed } = await bench.alternated(side('kith'), side('postgraphile'))
      return { ratio: aSpeed, perSecond: requests / (a / 1000) }
    }
    const people = profiles.map((id) => ({ kith: { id }, postgraphile: { tenant, id } }))
    const requests = { profile: bench.size(1000, 50), nested: bench.size(200, 20) }
    const profile = await compare(PROFILE, people, requests.profile)
    const nested = await compare(NESTED, [{ kith: {}, postgraphile: {} }], requests.nested)
    return {
      'graphql.over_postgraphile': {
        value: Math.min(profile.ratio, nested.ratio),
        rows: requests.profile + requests.nested,
        bound:
          'one statement each, of which Postgres writes the answer: two thirds of the processor time are its, and it reads the same rows for either side',
      },
      'graphql.profile_over_postgraphile': { value: profile.ratio, rows: requests.profile },
      'graphql.nested_over_postgraphile': { value: nested.ratio, rows: requests.nested },
      'graphql.profile_per_s': { value: profile.perSecond, rows: requests.profile },
      'graphql.nested_per_s': { value: nested.perSecond, rows: requests.nested },
    }
  },
})

/** Asks over connections that stay open; resolves to the text of the answer. */
function asker(port: number, headers: Record<string, string>) {
  const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY })
  return (query: string, variables: object): Promise<string> => {
    const body = JSON.stringify({ query, variables })
    const options = {
      port,
      host: '127.0.0.1',
      path: '/graphql',
      method: 'POST',
      agent,
      headers: {
        ...headers,
        'content-type': 'application/json',
        accept: 'application/json',
        'content-length': Buffer.byteLength(body),
      },
    }
    return new Promise((done, failed) => {
      const asking = request(options, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', failed)
        response.on('end', () => {
          const text = String(Buffer.concat(chunks))
          if (response.statusCode === 200 && !text.includes('"errors"')) done(text)
          else failed(new Error(`The answer is ${response.statusCode}: ${text.slice(0, 2000)}`))
        })
      })
      asking.on('error', failed).end(body)
    })
  }
}

async function manyAtOnce(count: number, work: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, worker))
}
