/** A tenant's schema for tools: introspected with the tenant's key, printed, and made into types. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildClientSchema, getIntrospectionQuery, printSchema } from 'graphql'
import { expect, it } from 'vitest'
import { TenantSchemas } from '../api/tenant-schema.ts'
import { schema as base } from '../api/schema/index.ts'
import { generate } from '../console/codegen.ts'
import { testDatabase } from './database.ts'
import { graphql } from './graphql.ts'

const db = await testDatabase()
await db.createTenant('school')
const as = graphql(db.api)

it('makes types of documents over own objects, fields and behaviors', async () => {
  const installed = await as('school-admin')(
    'mutation { installModelTemplate(input: {key: "education"}) { created { key } } }',
  )
  expect(installed.errors).toBeUndefined()
  const { data } = await as('school-read')(getIntrospectionQuery())
  const sdl = printSchema(buildClientSchema(data))
  const folder = mkdtempSync(join(tmpdir(), 'kith-codegen-'))
  try {
    writeFileSync(
      join(folder, 'grades.graphql'),
      `query Grades($filter: EnrolmentFilter, $first: Int) {
  enrolments(filter: $filter, first: $first, orderBy: [{ field: fields_grade }]) {
    nodes { externalId fields { grade status } course: parent { fields { title } } profile { fields { needsSupport } } }
  }
}`,
    )
    const text = (name: string) => generate(folder, sdl).find(({ path }) => path.endsWith(name))!.text
    const types = text('grades.graphql.ts')
    for (const part of [
      'grade: number | null',
      'title: string | null',
      'needsSupport: boolean | null',
      'EnrolmentFilter',
    ])
      expect(types).toContain(part)
    expect(text('client/schema.ts')).toMatch(/EnrolmentFieldStatus = .*'enrolled'/)
    writeFileSync(join(folder, 'grades.graphql'), '{ enrolments { nodes { fields { salary } } } }')
    expect(() => generate(folder, sdl)).toThrow(/salary/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

it('keeps the schemas of so many tenants, however many ask, and the same one while nothing changes', async () => {
  const most = 3
  const schemas = new TenantSchemas(db.api, most)
  const tenants = await db.owner<{ id: string }[]>`
WITH t AS (INSERT INTO tenants (slug, name) SELECT 'many-' || n, 'x' FROM generate_series(1, 24) AS n RETURNING id, slug),
f AS (INSERT INTO fields (tenant_id, object, key, type) SELECT id, 'order', 'f' || replace(slug, '-', ''), 'text' FROM t WHERE slug LIKE '%0' OR slug LIKE '%5')
SELECT id FROM t ORDER BY slug`
  for (const { id } of [...tenants, ...tenants]) await schemas.of(id)
  expect(schemas.size).toBe(most)
  const own: string[] = []
  for (const { id } of tenants) if ((await schemas.of(id)) !== base) own.push(id)
  expect(own).toHaveLength(4)
  // Tenants without a model of their own share the base schema, and push nobody out.
  const [last] = own.slice(-1)
  const before = await schemas.of(last!)
  for (const { id } of tenants) if (!own.includes(id)) await schemas.of(id)
  expect(await schemas.of(last!)).toBe(before)
  const field = (await schemas.of(last!)).getType('OrderFields')
  expect(String(field)).toBe('OrderFields')
})

it('makes a schema once for all who ask for it at once', async () => {
  const [school] = await db.owner<{ id: string }[]>`SELECT id FROM tenants WHERE slug = 'school'`
  const schemas = new TenantSchemas(db.api)
  const [first, ...others] = await Promise.all(Array.from({ length: 8 }, () => schemas.of(school!.id)))
  expect(first).not.toBe(base)
  for (const other of others) expect(other).toBe(first)
})
