/**
 * Precision and recall of deterministic policies on sets of people with a known truth. Names and dates are no identifiers by
 * themselves: each policy says which combinations of fields it takes as one, and they are resolved like any other.
 *
 *     sh bin/kith bench/lib/entity-resolution.ts <folder with febrl3.csv.gz and people1000.csv.gz>
 *
 * Both come from moj-analytical-services/splink_datasets (MIT). Prints the table of docs/identity.md.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { type Client, connect, inTenant } from '../../db/client.ts'
import { migrate } from '../../db/migrate.ts'
import { startCluster } from '../../db/server/cluster.ts'
import { silent } from '../../db/server/progress.ts'
import { type Person, resolve, saveIdentifierType } from '../../engine/identity/index.ts'

type Row = Record<string, string>
type Key = { name: string; fields: string[] }
type Policy = { name: string; keys: Key[] }
type DataSet = { name: string; file: string; truth(row: Row): string; policies: Policy[] }

const key = (...fields: string[]): Key => ({ name: fields.map((field) => field.slice(0, 12)).join('_'), fields })

const number = key('soc_sec_id')
const nameBorn = key('given_name', 'surname', 'date_of_birth')
const nameHome = key('given_name', 'surname', 'street_number', 'postcode')
const bornHome = key('date_of_birth', 'street_number', 'postcode')
const surnameBorn = key('surname', 'date_of_birth', 'state')

const mail = key('email')
const fullName = key('first_name', 'surname', 'dob')
const firstCity = key('first_name', 'dob', 'city')
const lastCity = key('surname', 'dob', 'city')

const DATA: DataSet[] = [
  {
    name: 'febrl3',
    file: 'febrl3.csv.gz',
    truth: (row) => row.rec_id!.split('-')[1]!,
    policies: [
      { name: 'number', keys: [number] },
      { name: 'number, or name and birthday', keys: [number, nameBorn] },
      { name: 'and name and home', keys: [number, nameBorn, nameHome] },
      { name: 'and birthday and home', keys: [number, nameBorn, nameHome, bornHome] },
      { name: 'and surname, birthday and state', keys: [number, nameBorn, nameHome, bornHome, surnameBorn] },
    ],
  },
  {
    name: 'people1000',
    file: 'people1000.csv.gz',
    truth: (row) => row.cluster!,
    policies: [
      { name: 'e-mail', keys: [mail] },
      { name: 'e-mail, or name and birthday', keys: [mail, fullName] },
      { name: 'and first name, birthday and city', keys: [mail, fullName, firstCity] },
      { name: 'and surname, birthday and city', keys: [mail, fullName, firstCity, lastCity] },
    ],
  },
]

const folder = process.argv[2]
if (!folder) throw new Error('Expected the folder of the data sets; see the head of this file.')
const cluster = await startCluster({
  dataDir: join(tmpdir(), `kith-quality-${randomBytes(4).toString('hex')}`, 'data'),
  ...{ port: 0, progress: silent, temporary: true },
})
const sql = connect(cluster.url, { max: 2, name: 'quality' })
try {
  await migrate(cluster.url)
  console.log('| set | one person is who has the same | precision | recall | missed pairs |')
  console.log('|---|---|---|---|---|')
  for (const set of DATA) for (const policy of set.policies) console.log(await measure(set, policy))
} finally {
  await sql.end()
  await cluster.stop('immediate')
}

async function measure(set: DataSet, policy: Policy): Promise<string> {
  const rows = read(join(folder!, set.file))
  const tenant = await newTenant(sql, `${set.name} ${policy.name}`)
  await inTenant(sql, tenant, async (sql) => {
    // Typing errors make several values of one person; here nothing else is to bound them.
    for (const { name } of policy.keys) await saveIdentifierType(sql, tenant, { key: name, max: 1000 })
  })
  const people = rows.map((row, n) => personOf(row, n, policy))
  for (let n = 0; n < people.length; n += 500) {
    await inTenant(sql, tenant, (sql) => resolve(sql, tenant, people.slice(n, n + 500)))
  }
  const found = await sql<{ n: number; profile: string }[]>`
SELECT value::int AS n, profile_id AS profile FROM identifiers WHERE tenant_id = ${tenant} AND type = 'anonymous_id' ORDER BY 1`
  const truth = rows.map(set.truth)
  const profile = found.map((row) => row.profile)
  let [both, said, real] = [0, 0, 0]
  const missed: [Row, Row][] = []
  for (let a = 0; a < rows.length; a++) {
    for (let b = a + 1; b < rows.length; b++) {
      const [same, one] = [truth[a] === truth[b], profile[a] === profile[b]]
      if (same) real++
      if (one) said++
      if (same && one) both++
      else if (same) missed.push([rows[a]!, rows[b]!])
    }
  }
  const share = (part: number, whole: number) => (whole === 0 ? '-' : (part / whole).toFixed(4))
  return `| ${set.name} | ${policy.name} | ${share(both, said)} | ${share(both, real)} | ${missed.length} of ${real}: ${why(missed, policy)} |`
}

/** Which fields of the keys differ, or are missing, in how many of the missed pairs. */
function why(missed: [Row, Row][], policy: Policy): string {
  const fields = [...new Set(policy.keys.flatMap((one) => one.fields))]
  const counts = fields.map((field) => {
    const differs = missed.filter(([a, b]) => a[field] !== b[field] || !a[field]).length
    return { field, percent: Math.round((100 * differs) / Math.max(missed.length, 1)) }
  })
  counts.sort((a, b) => b.percent - a.percent)
  return counts
    .slice(0, 4)
    .map(({ field, percent }) => `${field} ${percent} %`)
    .join(', ')
}

function personOf(row: Row, n: number, policy: Policy): Person {
  const ids: Record<string, string> = { anonymous_id: String(n + 1) }
  for (const { name, fields } of policy.keys) {
    const values = fields.map((field) => row[field]!.toLowerCase())
    if (values.every((value) => value !== '')) ids[name] = values.join(' ')
  }
  const at = '2026-11-24T00:00:00.000000Z'
  return { ids, from: at, to: at }
}

function read(path: string): Row[] {
  const [head, ...lines] = gunzipSync(readFileSync(path)).toString('utf8').trim().split(/\r?\n/)
  const names = head!.split(',').map((name) => name.trim())
  return lines.map((line) => {
    const values = line.split(',')
    return Object.fromEntries(names.map((name, n) => [name, (values[n] ?? '').trim()]))
  })
}

async function newTenant(sql: Client, slug: string): Promise<string> {
  const [tenant] = await sql`INSERT INTO tenants (slug, name) VALUES (${slug}, ${slug}) RETURNING id`
  return tenant!.id as string
}
