/** The tenant itself: what it is called, and the time zone that its rules are evaluated in. */
import type { Transaction } from '../../db/client.ts'
import { tenants } from '../../db/schema/tenant.ts'
import { timezones } from '../../db/sql/timezones.ts'
import { nearestTimezone } from '../../db/timezone.ts'
import { KithError } from '../../errors.ts'
import { builder } from '../builder.ts'
import { columnFields, nodeOptions } from '../noun/fields.ts'
import { refuseUnkeepable } from '../noun/keepable.ts'
import { mutation } from '../noun/mutation.ts'
import { noun } from '../noun/noun.ts'

export const Tenant = noun('Tenant', tenants, { plural: 'tenants' })

builder.node(Tenant.ref, {
  description: 'One customer of the platform; every row belongs to one.',
  ...nodeOptions(Tenant),
  fields: (t) =>
    columnFields(t, Tenant, {
      slug: 'Its short name, unique in the platform.',
      name: '',
      timezone: 'IANA name; calendar windows of rules are cut in it.',
      createdAt: '',
    }),
})

builder.queryFields((t) => ({
  timezones: t.stringList({
    description: 'The names of time zones that a tenant may have.',
    resolve: (_root, _args, { tenant }) => tenant(timezones),
  }),
}))

mutation<{ name?: string | null; timezone?: string | null }>('updateTenant', {
  description:
    'Changes what is given of your tenant. In another time zone every segment and label that is active is evaluated anew.',
  scope: 'admin',
  input: (t) => ({
    name: t.string(),
    timezone: t.string({ description: 'One of timezones, in whichever case; otherwise TIMEZONE_UNKNOWN.' }),
  }),
  payload: (t) => ({ tenant: t.field({ type: Tenant.ref, resolve: ({ tenant }: any) => tenant }) }),
  resolve: async ({ name = null, timezone = null }, { tenant: inTenant, viewer }) => {
    refuseUnkeepable({ name, timezone })
    if (name?.trim() === '') throw new KithError('INPUT_INVALID', 'Expected a name that is not empty.')
    const [tenant] = await inTenant(async (sql) => {
      const zone = timezone === null ? null : await knownTimezone(sql, timezone)
      return sql`
UPDATE tenants SET name = coalesce(${name?.trim() ?? null}, name), timezone = coalesce(${zone}, timezone)
WHERE id = ${viewer.tenantId}
RETURNING id, slug, name, timezone, created_at AS "createdAt"`
    })
    return { tenant }
  },
})

/** As Postgres spells it. */
async function knownTimezone(sql: Transaction, text: string): Promise<string> {
  const names = await timezones(sql)
  const known = names.find((name) => name.toLowerCase() === text.trim().toLowerCase())
  if (known) return known
  const suggestion = nearestTimezone(text, names)
  const message = `Expected the name of a time zone, such as Europe/Berlin or UTC; got ${JSON.stringify(text.slice(0, 64))}.`
  throw new KithError('TIMEZONE_UNKNOWN', suggestion ? `${message} Did you mean ${suggestion}?` : message, {
    details: { suggestion },
  })
}
