import { expect, it } from 'vitest'
import { testDatabase } from '../test/database.ts'
import { createTenant } from './sql/create-tenant.ts'
import { timezones } from './sql/timezones.ts'
import { isTimezone, nearestTimezone } from './timezone.ts'

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

it.each([
  ['Europe/Berln', 'Europe/Berlin'],
  ['berlin', 'Europe/Berlin'],
  ['America/New York', 'America/New_York'],
  ['new york', 'America/New_York'],
  ['US/Eastern', 'America/New_York'],
  ['Asia/Calcutta', 'Asia/Kolkata'],
  ['Mars', undefined],
  ['', undefined],
  ['+03:00', undefined],
  ['x'.repeat(1000), undefined],
])('takes %s for %s, should Postgres not know it', (text, meant) => {
  const names = ['America/New_York', 'Asia/Kolkata', 'Europe/Berlin', 'Indian/Mahe', 'UTC']
  expect(nearestTimezone(text, names)).toBe(meant)
})

it('lists names that Postgres takes, and JavaScript too', async () => {
  const names = await db.api.begin(timezones)
  expect(names).toEqual(expect.arrayContaining(['America/New_York', 'Asia/Kolkata', 'Europe/Berlin', 'UTC']))
  const [row] = await db.api`SELECT count(now() AT TIME ZONE name)::int AS taken FROM unnest(${names}::text[]) AS name`
  expect(row).toEqual({ taken: names.length })
  expect(names.filter((name) => !isTimezone(name))).toEqual([])
})
