/** The people of a tenant: their roles, the links that invite them, and where they are signed in. */
import { sql } from 'drizzle-orm'
import { sha256 } from '../../db/secret.ts'
import { invitations, sessions, teamMembers } from '../../db/schema/user.ts'
import { insertInvitation, tenantsOf } from '../../db/sql/users.ts'
import type { Transaction } from '../../db/client.ts'
import { KithError } from '../../errors.ts'
import { emailOf, newToken } from '../auth/people.ts'
import { type Role, ROLES } from '../auth/permissions.ts'
import type { Viewer } from '../auth/viewer.ts'
import { builder } from '../builder.ts'
import { connectionField } from '../noun/connection.ts'
import { columnFields, nodeOptions, rowField } from '../noun/fields.ts'
import { uuidOf } from '../noun/id.ts'
import { mutation } from '../noun/mutation.ts'
import { noun } from '../noun/noun.ts'
import { missing } from '../noun/record.ts'

const LINK_HOURS = 72
const team = { authScopes: { team: true } } as const

export const RoleEnum = builder.enumType('Role', {
  values: ROLES,
  description: 'What somebody is in a tenant; docs/access.md.',
})
const Purpose = builder.enumType('InvitationPurpose', {
  description: 'What a link is for.',
  values: { join: { description: 'To join the team.' }, password: { description: 'To choose a new password.' } },
})

export const TeamMember = noun('TeamMember', teamMembers, {
  plural: 'team',
  key: ['userId'],
  order: { field: 'email', direction: 'ASC' },
  enums: { role: RoleEnum },
})
const Invitation = noun('Invitation', invitations, {
  plural: 'invitations',
  hidden: ['hash'],
  enums: { role: RoleEnum, purpose: Purpose },
})
const Session = noun('Session', sessions, { plural: 'sessions', hidden: ['hash'] })

builder.node(Session.ref, {
  description: 'A browser in which somebody is signed in to this tenant.',
  ...nodeOptions(Session),
  fields: (t) => ({
    ...columnFields(t, Session, {
      browser: 'What it calls itself.',
      createdAt: 'When they signed in.',
      seenAt: 'When it last asked for something, to the minute.',
      expiresAt: '',
    }),
    current: t.boolean({
      description: 'Whether it is the one that asks.',
      resolve: ({ id }, _args, { viewer }) => id === viewer.user?.sessionId,
    }),
  }),
})

const sessionsOf = (t: any, description: string) =>
  connectionField(
    t,
    { noun: Session, name: 'of member', where: (key) => sql`t.user_id = ${key} AND t.expires_at > now()` },
    description,
    'userId',
  )

builder.node(TeamMember.ref, {
  description: 'Somebody who signs in to this tenant.',
  ...nodeOptions(TeamMember),
  authScopes: ({ userId }, { viewer }) => userId === viewer.user?.id || { team: true },
  fields: (t) => ({
    ...columnFields(t, TeamMember, { email: '', name: '', role: '', createdAt: 'When they joined.' }),
    sessions: sessionsOf(t, 'Where they are signed in.'),
  }),
})

builder.node(Invitation.ref, {
  description: 'A one-time link. The link itself is told once, when it is made.',
  ...nodeOptions(Invitation),
  ...team,
  fields: (t) => ({
    ...columnFields(t, Invitation, {
      purpose: '',
      email: '',
      role: 'What they will be; null for a link to a new password.',
      createdAt: '',
      expiresAt: '',
      usedAt: 'Null while it waits.',
    }),
    invitedBy: rowField(t, TeamMember, 'Who made it; null for a key.', 'invitedBy'),
  }),
})

builder.queryFields((t) => ({
  team: connectionField(t, { noun: TeamMember, name: 'all' }, 'Who signs in to this tenant.', team),
  invitations: connectionField(t, { noun: Invitation, name: 'all' }, 'Links, latest first.', team),
}))

type Linked = { id: string; token: string }

const link = (t: any) => ({
  path: t.string({
    description: `Put the address of Kith before it and give it to them: it is good once, for ${LINK_HOURS} hours, and not shown again.`,
    resolve: ({ token }: Linked) => `/join#${token}`,
  }),
  invitation: t.field({
    type: Invitation.ref,
    resolve: ({ id }: Linked, _args: unknown, { loaders }: any) => loaders.row(Invitation, id),
  }),
})

mutation<{ email: string; role: Role }>('inviteTeamMember', {
  description: 'Makes a link by which somebody joins. An earlier one for the same address ends. CONFLICT for a member.',
  scope: 'team',
  input: (t) => ({ email: t.string({ required: true }), role: t.field({ type: RoleEnum, required: true }) }),
  payload: link,
  resolve: async ({ email: given, role }, { tenant, viewer }) => {
    const email = emailOf(given)
    return tenant(async (tx) => {
      const [member] = await tx`SELECT FROM team_members WHERE email = ${email}`
      if (member) throw new KithError('CONFLICT', `${email} is in the team already.`, { status: 409 })
      return makeLink(tx, { purpose: 'join', email, role }, viewer)
    })
  },
})

mutation<{ id: string }>('makePasswordLink', {
  description:
    'A link by which a member chooses a new password. CONFLICT for who belongs to other tenants too: their account is not ours to open.',
  scope: 'team',
  input: (t) => ({ id: t.id({ required: true, description: 'The team member.' }) }),
  payload: link,
  resolve: ({ id }, { tenant, viewer }) =>
    tenant(async (tx) => {
      const userId = uuidOf('TeamMember', id)
      const [member] = await tx<{ email: string }[]>`SELECT email FROM team_members WHERE user_id = ${userId}`
      if (!member) return missing('TeamMember', id)
      if ((await tenantsOf(tx, userId)).length > 1) {
        const message =
          'This account is of other tenants too. Its owner changes the password, or whoever runs Kith does.'
        throw new KithError('CONFLICT', message, { status: 409 })
      }
      return makeLink(tx, { purpose: 'password', email: member.email, role: null }, viewer)
    }),
})

async function makeLink(
  tx: Transaction,
  about: { purpose: 'join' | 'password'; email: string; role: Role | null },
  { keyId: by }: Viewer,
): Promise<Linked> {
  const token = newToken()
  return { token, id: await insertInvitation(tx, { ...about, hash: sha256(token), by, hours: LINK_HOURS }) }
}

mutation<{ id: string }>('withdrawInvitation', {
  description: 'Ends a link that nobody has used.',
  scope: 'team',
  input: (t) => ({ id: t.id({ required: true }) }),
  payload: (t) => ({ withdrawnId: t.id({ resolve: ({ withdrawnId }: any) => withdrawnId }) }),
  resolve: async ({ id }, { tenant }) => {
    const uuid = uuidOf('Invitation', id)
    const gone = await tenant((tx) => tx`DELETE FROM invitations WHERE id = ${uuid} AND used_at IS NULL RETURNING id`)
    return gone.length > 0 ? { withdrawnId: id } : missing('Invitation', id)
  },
})

const memberField = (t: any) => ({
  member: t.field({
    type: TeamMember.ref,
    resolve: ({ userId }: any, _args: unknown, { loaders }: any) => loaders.row(TeamMember, userId),
  }),
})

mutation<{ id: string; role: Role }>('changeTeamRole', {
  description: 'Gives a member another role, within seconds everywhere. CONFLICT for the last owner.',
  scope: 'team',
  input: (t) => ({ id: t.id({ required: true }), role: t.field({ type: RoleEnum, required: true }) }),
  payload: memberField,
  resolve: ({ id, role }, { tenant }) =>
    tenant(async (tx) => {
      const userId = uuidOf('TeamMember', id)
      if (role !== 'owner') await keepAnOwner(tx, userId)
      const changed = await tx`UPDATE team_members SET role = ${role} WHERE user_id = ${userId} RETURNING user_id`
      return changed.length > 0 ? { userId } : missing('TeamMember', id)
    }),
})

mutation<{ id: string }>('removeTeamMember', {
  description: 'Takes somebody out of the team, and ends their sessions in this tenant. CONFLICT for the last owner.',
  scope: 'team',
  input: (t) => ({ id: t.id({ required: true }) }),
  payload: (t) => ({ removedId: t.id({ resolve: ({ removedId }: any) => removedId }) }),
  resolve: ({ id }, { tenant }) =>
    tenant(async (tx) => {
      const userId = uuidOf('TeamMember', id)
      await keepAnOwner(tx, userId)
      const gone = await tx`DELETE FROM team_members WHERE user_id = ${userId} RETURNING user_id`
      return gone.length > 0 ? { removedId: id } : missing('TeamMember', id)
    }),
})

/** Two owners who take each other's role away at the same time wait for one another here. */
async function keepAnOwner(tx: Transaction, userId: string): Promise<void> {
  const owners = await tx<{ user_id: string }[]>`
SELECT user_id FROM team_members WHERE role = 'owner' ORDER BY user_id FOR UPDATE`
  if (owners.length === 1 && owners[0]!.user_id === userId) {
    throw new KithError('CONFLICT', 'This is the last owner; make somebody else one first.', { status: 409 })
  }
}

mutation<{ id: string }>('endSession', {
  description: "Signs a browser out, within seconds everywhere: one's own, or with the permission team anybody's.",
  scope: 'read',
  input: (t) => ({ id: t.id({ required: true }) }),
  payload: (t) => ({ endedId: t.id({ resolve: ({ endedId }: any) => endedId }) }),
  resolve: async ({ id }, { tenant, viewer }) => {
    const uuid = uuidOf('Session', id)
    const own = viewer.permissions.has('team') ? null : (viewer.user?.id ?? viewer.keyId)
    const gone = await tenant(
      (tx) => tx`DELETE FROM sessions WHERE id = ${uuid} AND user_id = coalesce(${own}::uuid, user_id) RETURNING id`,
    )
    return gone.length > 0 ? { endedId: id } : missing('Session', id)
  },
})
