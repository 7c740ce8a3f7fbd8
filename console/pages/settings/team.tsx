import { type FormEvent, useState } from 'react'
import { refresh, useQuery } from '../../client/query.ts'
import { request } from '../../client/request.ts'
import type { Role } from '../../client/schema.ts'
import { useMayChange } from '../../client/viewer.ts'
import { useSave } from '../../definitions/save.ts'
import { Confirm, Dialog } from '../../ui/dialog.tsx'
import { Icon } from '../../ui/icons.tsx'
import { Card, Code, Failure, Field, Note, Page, Ready, Time } from '../../ui/parts.tsx'
import { attempt } from '../../ui/toast.tsx'
import { SettingsTabs } from './tabs.tsx'
import {
  ChangeTeamRole,
  InviteTeamMember,
  MakePasswordLink,
  RemoveTeamMember,
  Team as TeamQuery,
  type TeamResult,
  WithdrawInvitation,
} from './team.graphql.ts'

type Member = TeamResult['team']['nodes'][number]
type Invitation = TeamResult['invitations']['nodes'][number]

const ROLES: { role: Role; text: string }[] = [
  { role: 'owner', text: 'everything, the team and the keys too' },
  { role: 'marketer', text: 'segments, labels, lists, records' },
  { role: 'analyst', text: 'looks at everything, changes nothing' },
  { role: 'operator', text: 'worker jobs, dead letters, privacy, the audit log' },
  { role: 'developer', text: 'data model, sources, webhooks, keys' },
]

/** Who signs in to this tenant. */
export default function Team() {
  const team = useQuery(TeamQuery, {})
  const mayInvite = useMayChange('team')
  const [inviting, setInviting] = useState(false)
  const [link, setLink] = useState<{ path: string; title: string }>()
  return (
    <Page
      title="Settings"
      name="Team"
      lead="Who signs in to this tenant, and what they may do."
      actions={
        mayInvite && (
          <button type="button" className="button primary" onClick={() => setInviting(true)}>
            <Icon name="plus" size={14} /> Invite
          </button>
        )
      }
    >
      <SettingsTabs current="team" />
      <Ready query={team}>
        {(data) => (
          <div className="stack">
            <Members data={data} onLink={setLink} />
            {data.invitations.nodes.length > 0 && <Invitations invitations={data.invitations.nodes} />}
          </div>
        )}
      </Ready>
      <Invite open={inviting} onClose={() => setInviting(false)} onLink={setLink} />
      <LinkDialog link={link} onClose={() => setLink(undefined)} />
    </Page>
  )
}

type OnLink = (link: { path: string; title: string }) => void

function Members({ data, onLink }: { data: TeamResult; onLink: OnLink }) {
  const [removing, setRemoving] = useState<Member>()
  const own = data.viewer.member?.id
  const newPassword = (member: Member) =>
    attempt(async () => {
      const { makePasswordLink } = await request(MakePasswordLink, { id: member.id })
      onLink({ path: makePasswordLink.path, title: `A new password for ${member.email}` })
      await refresh()
    })
  return (
    <Card title="Team" flush>
      <div className="table-wrap">
        <table className="stacked">
          <thead>
            <tr>
              <th>Name</th>
              <th>Role</th>
              <th className="right wide-only">Last seen</th>
              <th className="right wide-only">Joined</th>
              <th className="right">
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {data.team.nodes.map((member) => (
              <tr key={member.id}>
                <td>
                  <b>{member.name}</b> {member.id === own && <span className="pill accent">you</span>}
                  <div className="muted fine">{member.email}</div>
                </td>
                <td>
                  <RoleChoice member={member} />
                </td>
                <td className="right soft wide-only">
                  {member.sessions.nodes[0] ? <Time at={member.sessions.nodes[0].seenAt} /> : '–'}
                </td>
                <td className="right soft wide-only">
                  <Time at={member.createdAt} />
                </td>
                <td className="right actions">
                  {member.id !== own && (
                    <span className="row wrap end">
                      <button type="button" className="button small" onClick={() => void newPassword(member)}>
                        New password
                      </button>
                      <button type="button" className="button small danger" onClick={() => setRemoving(member)}>
                        Remove
                      </button>
                    </span>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Confirm
        title={`Remove ${removing?.name}?`}
        open={removing !== undefined}
        onClose={() => setRemoving(undefined)}
        action="Remove"
        onConfirm={() =>
          removing && void attempt(() => request(RemoveTeamMember, { id: removing.id }).then(refresh), 'Removed.')
        }
      >
        <p>They are signed out of this tenant within seconds. What they have made stays.</p>
      </Confirm>
    </Card>
  )
}

function RoleChoice({ member }: { member: Member }) {
  const change = (role: Role) =>
    attempt(() => request(ChangeTeamRole, { input: { id: member.id, role } }).then(refresh), 'Changed.')
  return (
    <select
      className="input"
      aria-label={`Role of ${member.email}`}
      value={member.role}
      onChange={(event) => void change(event.target.value as Role)}
    >
      {ROLES.map(({ role }) => (
        <option key={role} value={role}>
          {role}
        </option>
      ))}
    </select>
  )
}

function Invitations({ invitations }: { invitations: Invitation[] }) {
  return (
    <Card title="Links that wait" flush>
      <div className="table-wrap">
        <table>
          <thead>
            <tr>
              <th>For</th>
              <th>To</th>
              <th className="wide-only">Made by</th>
              <th className="right">Ends</th>
              <th className="right">
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {invitations.map(({ id, purpose, email, role, expiresAt, invitedBy }) => (
              <tr key={id}>
                <td>{email}</td>
                <td>{purpose === 'join' ? `join as ${role}` : 'choose a new password'}</td>
                <td className="wide-only soft">{invitedBy?.name ?? '–'}</td>
                <td className="right soft">
                  <Time at={expiresAt} />
                </td>
                <td className="right">
                  <button
                    type="button"
                    className="button small"
                    aria-label={`Withdraw the link for ${email}`}
                    onClick={() => void attempt(() => request(WithdrawInvitation, { id }).then(refresh), 'Withdrawn.')}
                  >
                    Withdraw
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  )
}

function Invite({ open, onClose, onLink }: { open: boolean; onClose(): void; onLink: OnLink }) {
  const { error, busy, run } = useSave()

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const input = { email: String(form.get('email')), role: String(form.get('role')) as Role }
    void run(async () => {
      const { inviteTeamMember } = await request(InviteTeamMember, { input })
      onClose()
      onLink({ path: inviteTeamMember.path, title: `A link for ${input.email}` })
      await refresh()
    })
  }

  return (
    <Dialog title="Invite somebody" open={open} onClose={onClose}>
      <form className="form" onSubmit={submit}>
        <Field name="E-mail address">
          <input className="input" name="email" type="email" required placeholder="ada@example.com" />
        </Field>
        <fieldset className="stack tight">
          <legend className="legend">They will be</legend>
          {ROLES.map(({ role, text }) => (
            <label key={role} className="row">
              <input type="radio" name="role" value={role} defaultChecked={role === 'analyst'} />
              <span>
                {role} <span className="muted">({text})</span>
              </span>
            </label>
          ))}
        </fieldset>
        {error && <Failure error={error} />}
        <button type="submit" className="button primary" disabled={busy}>
          Make the link
        </button>
      </form>
    </Dialog>
  )
}

function LinkDialog({ link, onClose }: { link?: { path: string; title: string }; onClose(): void }) {
  return (
    <Dialog title={link?.title ?? ''} open={link !== undefined} onClose={onClose}>
      <Note tone="warn">Give it to them yourself: it is good once, for 72 hours, and is not shown again.</Note>
      <Code text={window.location.origin + (link?.path ?? '')} wrap />
      <button type="button" className="button primary" onClick={onClose}>
        I have it
      </button>
    </Dialog>
  )
}
