import { Component, type ErrorInfo, type ReactNode, Suspense, useEffect } from 'react'
import { CodeMissing } from './client/late.ts'
import { match } from './client/match.ts'
import { usePlace } from './client/router.ts'
import { readChoices } from './client/auth.ts'
import { signedOut, useSession, wasSignedIn } from './client/session.ts'
import { Door } from './door.tsx'
import { Join } from './join.tsx'
import { places } from './pages/places.ts'
import { Shell } from './shell/shell.tsx'
import { Empty, Link, Note, Page, Waiting } from './ui/parts.tsx'
import { Toasts } from './ui/toast.tsx'

export function App() {
  const session = useSession()
  const { path } = usePlace()
  useEffect(() => {
    if (session === undefined)
      readChoices().then((choices) => (choices.signedIn ? wasSignedIn() : signedOut()), signedOut)
  }, [session])
  return (
    <>
      {path === '/join' ? (
        <Join />
      ) : session ? (
        <Shell key={session.id}>
          <Current />
        </Shell>
      ) : (
        session === null && <Door />
      )}
      <Toasts />
    </>
  )
}

function Current() {
  const { path } = usePlace()
  for (const { pattern, page: Found } of places) {
    const parameters = match(pattern, path)
    if (!parameters) continue
    return (
      <Fence key={path}>
        <Suspense
          fallback={
            <div className="page">
              <Waiting />
            </div>
          }
        >
          <Found parameters={parameters} />
        </Suspense>
      </Fence>
    )
  }
  return (
    <Page title="There is no such page" name="Not found">
      <Empty title={path}>
        <p>
          The address may be mistyped, or what it named is gone. <Link to="/">Go home</Link>
        </p>
      </Empty>
    </Page>
  )
}

const ASK_MS = 2000

/** Loads the console anew as soon as it can be had, with the names that its files have by then. */
function Absent() {
  useEffect(() => {
    const timer = setInterval(() => {
      fetch(window.location.pathname, { cache: 'no-store', headers: { accept: 'text/html' } }).then(
        ({ ok }) => ok && window.location.reload(),
        () => {},
      )
    }, ASK_MS)
    return () => clearInterval(timer)
  }, [])
  return (
    <div className="page">
      <Note tone="warn" icon="warn">
        This page could not be fetched: Kith does not answer, or has been renewed. The console tries again by itself.
      </Note>
    </div>
  )
}

/** A defect in one page leaves the rest of the console usable. */
class Fence extends Component<{ children: ReactNode }, { error?: Error }> {
  override state: { error?: Error } = {}

  static getDerivedStateFromError(error: Error) {
    return { error }
  }

  override componentDidCatch(error: Error, info: ErrorInfo) {
    console.error(error, info.componentStack)
  }

  override render() {
    const { error } = this.state
    if (!error) return this.props.children
    if (error instanceof CodeMissing) return <Absent />
    return (
      <div className="page">
        <Note tone="bad" icon="warn">
          This page has a defect: {error.message}{' '}
          <button type="button" className="button small" onClick={() => this.setState({ error: undefined })}>
            Show it again
          </button>
        </Note>
      </div>
    )
  }
}
