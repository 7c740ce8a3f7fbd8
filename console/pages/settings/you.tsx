import { type FormEvent, useState } from 'react'
import { ask } from '../../client/auth.ts'
import { refresh, useQuery } from '../../client/query.ts'
import { request } from '../../client/request.ts'
import { useSave } from '../../definitions/save.ts'
import { Card, Empty, Failure, Field, Note, Page, Ready, Time } from '../../ui/parts.tsx'
import { attempt } from '../../ui/toast.tsx'
import { SettingsTabs } from './tabs.tsx'
import { EndSession, You as YouQuery, type YouResult } from './you.graphql.ts'

type Member = NonNullable<YouResult['viewer']['member']>

/** One's own account, password and browsers. */
export default function You() {
  const you = useQuery(YouQuery, {})
  return (
    <Page title="Settings" name="You" lead="Your account, and where you are signed in.">
      <SettingsTabs current="you" />
      <Ready query={you}>
        {({ viewer: { member } }) =>
          member ? (
            <div className="stack">
              <Account member={member} />
              <Sessions member={member} />
              <Password email={member.email} />
            </div>
          ) : (
            <Empty title="This is a key">
              <p>Keys have no account: sign in with yours.</p>
            </Empty>
          )
        }
      </Ready>
    </Page>
  )
}

function Account({ member }: { member: Member }) {
  return (
    <Card title="Account">
      <dl className="facts">
        <dt>Name</dt>
        <dd>{member.name}</dd>
        <dt>E-mail address</dt>
        <dd>{member.email}</dd>
        <dt>Role</dt>
        <dd>{member.role}</dd>
      </dl>
    </Card>
  )
}

function Sessions({ member }: { member: Member }) {
  return (
    <Card title="Where you are signed in" flush>
      <div className="table-wrap">
        <table>
          <thead>
            <tr>
              <th>Browser</th>
              <th className="right">Last seen</th>
              <th className="right wide-only">Since</th>
              <th className="right wide-only">Until</th>
              <th className="right">
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {member.sessions.nodes.map(({ id, browser, createdAt, seenAt, expiresAt, current }) => (
              <tr key={id}>
                <td title={browser ?? undefined}>
                  {browserName(browser)} {current && <span className="pill accent">this one</span>}
                </td>
                <td className="right soft">
                  <Time at={seenAt} />
                </td>
                <td className="right soft wide-only">
                  <Time at={createdAt} />
                </td>
                <td className="right soft wide-only">
                  <Time at={expiresAt} />
                </td>
                <td className="right">
                  {!current && (
                    <button
                      type="button"
                      className="button small danger"
                      onClick={() => void attempt(() => request(EndSession, { id }).then(refresh), 'Signed out there.')}
                    >
                      Sign out
                    </button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  )
}

function Password({ email }: { email: string }) {
  const { error, busy, run } = useSave()
  const [done, setDone] = useState(false)

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = event.currentTarget
    const { current, next } = Object.fromEntries(new FormData(form)) as { current: string; next: string }
    setDone(false)
    void run(async () => {
      await ask('password', { current, next })
      form.reset()
      setDone(true)
      await refresh()
    })
  }

  return (
    <Card title="Password">
      <form className="form" onSubmit={submit}>
        <input type="hidden" name="username" autoComplete="username" value={email} readOnly />
        <Field name="The password you have">
          <input className="input" name="current" type="password" autoComplete="current-password" required />
        </Field>
        <Field name="The new one" hint="10 characters or more. It signs you out everywhere else.">
          <input className="input" name="next" type="password" autoComplete="new-password" minLength={10} required />
        </Field>
        {error && <Failure error={error} />}
        {done && <Note tone="good">Changed; every other session has ended.</Note>}
        <button type="submit" className="button" disabled={busy}>
          Change the password
        </button>
      </form>
    </Card>
  )
}

/** "Firefox on Linux", as far as it can be told. */
function browserName(agent: string | null): string {
  if (!agent) return 'Unknown'
  const [, name] = /(Edg|OPR|Firefox|Chrome|Safari|curl)\b/.exec(agent) ?? []
  const [, system] = /(Android|iPhone|iPad|Windows|Mac OS X|Linux)/.exec(agent) ?? []
  const names: Record<string, string> = { Edg: 'Edge', OPR: 'Opera' }
  return [name ? (names[name] ?? name) : agent.slice(0, 30), system?.replace('Mac OS X', 'macOS')]
    .filter(Boolean)
    .join(' on ')
}
