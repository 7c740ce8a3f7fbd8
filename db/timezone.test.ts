import { expect, it } from 'vitest'
import { testDatabase } from '../test/database.ts'
import { createTenant } from './sql/create-tenant.ts'
import { isTimezone } from './timezone.ts'

const db = await testDatabase()

it.each([
  ['UTC', true],
  ['Europe/Berlin', true],
  ['Etc/GMT+3', true],
  ['Europe/Berln', false],
  ['+03:00', false],
  ['', false],
])('takes %s for a time zone: %s, here as in Postgres', async (timezone, is) => {
  expect(isTimezone(timezone)).toBe(is)
  const made = createTenant(db.owner, { slug: `zone-${timezone.length}${is}`, name: 'Zone', timezone, keys: [] })
  if (is) await made
  else await expect(made).rejects.toThrow(/tenants_timezone_check|not recognized/)
})
