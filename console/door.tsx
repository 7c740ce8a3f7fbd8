import { type FormEvent, useEffect, useState } from 'react'
import { request } from './client/request.ts'
import { signIn } from './client/session.ts'
import { Viewer } from './client/viewer.graphql.ts'
import { Icon, Mark } from './ui/icons.tsx'
import { Failure } from './ui/parts.tsx'

const DEMO_KEYS = [
  { key: 'demo-admin', name: 'Look and change', text: 'Define segments and labels, mend data, run jobs' },
  { key: 'demo-read', name: 'Look only', text: 'Everything to see, nothing to break' },
]

/** Where somebody without a key stands. */
export function Door() {
  const [error, setError] = useState<Error>()
  const [trying, setTrying] = useState(false)
  const demo = useDemo()

  useEffect(() => {
    document.title = 'Sign in · Kith'
  }, [])

  async function enter(key: string) {
    setTrying(true)
    setError(undefined)
    try {
      await request(Viewer, {}, { key })
      signIn(key)
    } catch (reason) {
      setError(reason as Error)
      setTrying(false)
    }
  }

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const key = String(new FormData(event.currentTarget).get('key') ?? '').trim()
    if (key) void enter(key)
  }

  return (
    <div className="door">
      <main>
        <div className="stack tight">
          <h1 className="brand">
            <Mark size={28} /> Kith
          </h1>
          <p className="soft">The people you know, as they are right now.</p>
        </div>
        {demo && (
          <section className="stack tight">
            <h2>This is the demo. Walk in.</h2>
            <div className="choices">
              {DEMO_KEYS.map(({ key, name, text }) => (
                <button key={key} type="button" className="choice" disabled={trying} onClick={() => void enter(key)}>
                  <b>{name}</b>
                  <span>
                    {text} (<code>{key}</code>)
                  </span>
                  <Icon name="next" />
                </button>
              ))}
            </div>
          </section>
        )}
        <form onSubmit={submit}>
          <label className="field">
            <span className="name">{demo ? 'Or enter with a key of your own' : 'API key'}</span>
            <input
              className="input"
              name="key"
              type="password"
              autoComplete="off"
              spellCheck={false}
              placeholder="A key with the scope read or admin"
              required
            />
            <span className="hint">Kept in this tab only, until it is closed.</span>
          </label>
          <button type="submit" className="button primary" disabled={trying}>
            Sign in
          </button>
          {error && <Failure error={error} />}
        </form>
      </main>
    </div>
  )
}

/** Whether the demo's keys work here. They exist on loopback only, so nobody else is asked. */
function useDemo(): boolean {
  const [demo, setDemo] = useState(false)
  useEffect(() => {
    const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(window.location.hostname)
    if (!loopback) return
    request(Viewer, {}, { key: 'demo-read' }).then(
      () => setDemo(true),
      () => {},
    )
  }, [])
  return demo
}
