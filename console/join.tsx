import { type FormEvent, useEffect, useState } from 'react'
import { ask } from './client/auth.ts'
import { navigate } from './client/router.ts'
import { signedIn } from './client/session.ts'
import { useSave } from './definitions/save.ts'
import { Threshold } from './door.tsx'
import { Failure, Field, Link, Waiting } from './ui/parts.tsx'

type Invitation = {
  purpose: 'join' | 'password'
  email: string
  role: string | null
  tenant: string
  account: 'none' | 'password' | 'oidc'
}

/** Where a one-time link leads. Its token stands after the #, so that no log on the way has it. */
export function Join() {
  const [token] = useState(() => window.location.hash.slice(1))
  const [invitation, setInvitation] = useState<Invitation>()
  const [gone, setGone] = useState<Error>()
  const { busy, error, run } = useSave()

  useEffect(() => {
    document.title = 'Welcome · Kith'
    ask<Invitation>('link', { token }).then(setInvitation, setGone)
  }, [token])

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const name = String(form.get('name') ?? '') || undefined
    void run(async () => {
      const { tenantId } = await ask<{ tenantId: string }>('join', {
        token,
        password: String(form.get('password')),
        name,
      })
      signedIn(tenantId)
      navigate('/', { replace: true })
    })
  }

  if (!invitation) {
    return (
      <Threshold lead="The people you know, as they are right now.">
        {gone ? (
          <>
            <Failure error={gone} />
            <Link to="/">To the page for signing in</Link>
          </>
        ) : (
          <Waiting />
        )}
      </Threshold>
    )
  }
  const { purpose, email, role, tenant, account } = invitation
  const isNew = account === 'none'
  const chooses = isNew || purpose === 'password'
  return (
    <Threshold
      lead={purpose === 'password' ? `A new password for ${email}.` : `${email} joins ${tenant} as ${articled(role!)}.`}
    >
      {account === 'oidc' && purpose === 'join' ? (
        <p>
          Your account signs in by your identity provider: do so, and you have joined. <Link to="/">Sign in</Link>
        </p>
      ) : (
        <form onSubmit={submit}>
          <input type="hidden" name="username" autoComplete="username" value={email} readOnly />
          {isNew && (
            <Field name="Your name">
              <input className="input" name="name" autoComplete="name" maxLength={100} required />
            </Field>
          )}
          <Field
            name={chooses ? 'Choose a password' : 'Your password'}
            hint={chooses ? '10 characters or more: a few words are fine.' : 'You have an account here already.'}
          >
            <input
              className="input"
              name="password"
              type="password"
              autoComplete={chooses ? 'new-password' : 'current-password'}
              minLength={chooses ? 10 : undefined}
              required
            />
          </Field>
          <button type="submit" className="button primary" disabled={busy}>
            {purpose === 'password' ? 'Keep it and sign in' : `Join ${tenant}`}
          </button>
          {error && <Failure error={error} />}
        </form>
      )}
    </Threshold>
  )
}

/** "an owner" */
function articled(role: string): string {
  return `${/^[aeiou]/.test(role) ? 'an' : 'a'} ${role}`
}
