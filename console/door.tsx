import { type FormEvent, type ReactNode, useEffect, useState } from 'react'
import { ask, type Choices, readChoices } from './client/auth.ts'
import { request } from './client/request.ts'
import { signedIn, signInWithKey } from './client/session.ts'
import { useSave } from './definitions/save.ts'
import { Viewer } from './client/viewer.graphql.ts'
import { Icon, Mark } from './ui/icons.tsx'
import { Failure, Field, Note } from './ui/parts.tsx'

/** What somebody comes back with from the identity provider. */
const REFUSALS: Record<string, string> = {
  NOT_A_MEMBER: 'You belong to no tenant here. Ask its owner to invite you.',
  OIDC_REFUSED: 'That did not work out. Begin again; your e-mail address must be a verified one.',
  OIDC_UNREACHABLE: 'The identity provider does not answer.',
}

const ROLES: Record<string, string> = {
  owner: 'Everything, the team and the keys too',
  marketer: 'Segments, labels, lists and records',
  analyst: 'Looks at everything, changes nothing',
  operator: 'Worker jobs, dead letters, the audit log',
  developer: 'Data model, sources, webhooks and keys',
}

/** Where somebody stands who is not signed in. */
export function Door() {
  const [choices, setChoices] = useState<Choices>()
  const { busy, error, run } = useSave()
  const refused = new URLSearchParams(window.location.search).get('refused')

  useEffect(() => {
    document.title = 'Sign in · Kith'
    readChoices().then(setChoices, () => setChoices({ signedIn: false, provider: null, demo: [] }))
  }, [])

  const enter = (email: string, password: string) =>
    run(async () => signedIn((await ask<{ tenantId: string }>('sign-in', { email, password })).tenantId))

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    void enter(String(form.get('email')), String(form.get('password')))
  }

  return (
    <Threshold lead="The people you know, as they are right now.">
      {refused && <Note tone="bad">{REFUSALS[refused] ?? 'That did not work out. Begin again.'}</Note>}
      {choices && choices.demo.length > 0 && (
        <section className="stack tight">
          <h2>This is the demo. Walk in as …</h2>
          <div className="choices">
            {choices.demo.map(({ role, email, password }) => (
              <button
                key={role}
                type="button"
                className="choice"
                disabled={busy}
                onClick={() => void enter(email, password)}
              >
                <b>{role.charAt(0).toUpperCase() + role.slice(1)}</b>
                <span>
                  {ROLES[role]} (<code>{email}</code>, <code>{password}</code>)
                </span>
                <Icon name="next" />
              </button>
            ))}
          </div>
        </section>
      )}
      <form onSubmit={submit}>
        <Field name="E-mail address">
          <input className="input" name="email" type="email" autoComplete="username" required />
        </Field>
        <Field name="Password">
          <input className="input" name="password" type="password" autoComplete="current-password" required />
        </Field>
        <button type="submit" className="button primary" disabled={busy}>
          Sign in
        </button>
        {error && <Failure error={error} />}
      </form>
      {choices?.provider && (
        <a className="button" href={choices.provider.url}>
          {choices.provider.name}
        </a>
      )}
      <KeyDoor />
    </Threshold>
  )
}

/** For programs' keys: to see what they see. */
function KeyDoor() {
  const { busy, error, run } = useSave()

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const key = String(new FormData(event.currentTarget).get('key') ?? '').trim()
    if (!key) return
    void run(async () => {
      await request(Viewer, {}, { key })
      signInWithKey(key)
    })
  }

  return (
    <details>
      <summary>With an API key</summary>
      <form onSubmit={submit}>
        <Field name="API key" hint="Kept in this tab only, until it is closed.">
          <input
            className="input"
            name="key"
            type="password"
            autoComplete="off"
            spellCheck={false}
            placeholder="A key with the scope read or admin"
            required
          />
        </Field>
        <button type="submit" className="button" disabled={busy}>
          Use the key
        </button>
        {error && <Failure error={error} />}
      </form>
    </details>
  )
}

/** The frame of what is before the console. */
export function Threshold({ lead, children }: { lead: string; children: ReactNode }) {
  return (
    <div className="door">
      <main>
        <div className="stack tight">
          <h1 className="brand">
            <Mark size={28} /> Kith
          </h1>
          <p className="soft">{lead}</p>
        </div>
        {children}
      </main>
    </div>
  )
}
