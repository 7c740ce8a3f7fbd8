import { type ReactNode, useEffect, useRef, useState } from 'react'
import { navigate, usePlace } from '../client/router.ts'
import { ask, signOut } from '../client/auth.ts'
import { signedIn } from '../client/session.ts'
import { useViewer } from '../client/viewer.ts'
import type { ViewerResult } from '../client/viewer.graphql.ts'
import { type Destination, destinationOf, destinations, places } from '../pages/places.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Icon, Mark } from '../ui/icons.tsx'
import { Link } from '../ui/parts.tsx'
import { useTheme } from '../ui/theme.ts'
import { attempt } from '../ui/toast.tsx'
import { Palette } from './palette.tsx'
import { Shortcuts, useShortcuts } from './shortcuts.tsx'

const GROUPS = [...new Set(destinations.map(({ group }) => group))]
const ON_PHONES = ['/', '/people', '/segments', '/jobs']

export function Shell({ children }: { children: ReactNode }) {
  const [finding, setFinding] = useState(false)
  const [help, setHelp] = useState(false)
  const content = useFocusOnArrival()
  useShortcuts({ find: () => setFinding(true), help: () => setHelp(true) })
  return (
    <div className="shell">
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <Side />
      <div className="main">
        <Top onFind={() => setFinding(true)} />
        <main id="content" tabIndex={-1} ref={content}>
          {children}
        </main>
      </div>
      <TabBar />
      <Palette open={finding} onClose={() => setFinding(false)} />
      <Shortcuts open={help} onClose={() => setHelp(false)} />
    </div>
  )
}

/** The link that was followed may be gone with its page: the keyboard, and who is read to, go on at the new one. */
function useFocusOnArrival() {
  const { path } = usePlace()
  const content = useRef<HTMLElement>(null)
  const left = useRef(path)
  useEffect(() => {
    if (left.current !== path) content.current?.focus({ preventScroll: true })
    left.current = path
  }, [path])
  return content
}

function Side() {
  const { path } = usePlace()
  const current = destinationOf(path)
  const viewer = useViewer()
  const shown = useDestinations()
  return (
    <header className="side">
      <Link to="/" className="brand">
        <Mark /> Kith
      </Link>
      <nav aria-label="Pages">
        {GROUPS.map((group) => (
          <div className="group" key={group}>
            {group && <span>{group}</span>}
            {shown
              .filter((one) => one.group === group)
              .map((one) => (
                <Link
                  key={one.to}
                  to={one.to}
                  className="item"
                  aria-current={one === current ? 'page' : undefined}
                  onPointerEnter={() => preload(one.to)}
                >
                  <Icon name={one.icon} /> {one.name}
                </Link>
              ))}
          </div>
        ))}
      </nav>
      {viewer && (
        <div className="foot">
          <Foot viewer={viewer} />
        </div>
      )}
    </header>
  )
}

/** Where one is, and as whom. */
function Foot({ viewer }: { viewer: ViewerResult['viewer'] }) {
  return (
    <>
      <TenantChoice viewer={viewer} />
      {viewer.member && (
        <Link to="/settings/you" className="truncate" title={viewer.member.email}>
          {viewer.member.name}, {viewer.member.role}
        </Link>
      )}
      <a href="/graphql" target="_blank" rel="noreferrer">
        GraphQL explorer
      </a>
    </>
  )
}

/** Those that are of use to who is signed in. */
function useDestinations(): Destination[] {
  const permissions = useViewer()?.permissions
  return destinations.filter(({ permission }) => !permission || permissions?.includes(permission))
}

/** The tenant; a choice, for who belongs to several. */
function TenantChoice({ viewer: { tenant, tenants } }: { viewer: ViewerResult['viewer'] }) {
  if (tenants.length < 2) {
    return (
      <span className="truncate" title={tenant.name}>
        {tenant.name}
      </span>
    )
  }
  async function change(id: string) {
    const answer = await ask<{ tenantId: string }>('tenant', { tenantId: id.replace('Tenant:', '') })
    navigate('/')
    signedIn(answer.tenantId)
  }
  return (
    <select
      className="input"
      aria-label="Tenant"
      value={tenant.id}
      onChange={(event) => {
        const { value } = event.target
        void attempt(() => change(value))
      }}
    >
      {tenants.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </select>
  )
}

function Top({ onFind }: { onFind(): void }) {
  const [theme, setTheme] = useTheme()
  return (
    <div className="top">
      <button type="button" className="find" onClick={onFind} aria-keyshortcuts="/ Control+K">
        <Icon name="search" size={16} />
        <span>Find anybody or anything</span>
        <kbd>/</kbd>
      </button>
      <span className="spacer" />
      <button
        type="button"
        className="button ghost icon"
        aria-label={theme === 'dark' ? 'Light colours' : 'Dark colours'}
        title={theme === 'dark' ? 'Light colours' : 'Dark colours'}
        onClick={() => setTheme(theme === 'dark' ? 'light' : 'dark')}
      >
        <Icon name={theme === 'dark' ? 'sun' : 'moon'} />
      </button>
      <button type="button" className="button ghost icon" aria-label="Sign out" title="Sign out" onClick={signOut}>
        <Icon name="out" />
      </button>
    </div>
  )
}

function TabBar() {
  const { path } = usePlace()
  const [more, setMore] = useState(false)
  const viewer = useViewer()
  const current = destinationOf(path)
  const shown = useDestinations()
  return (
    <nav className="tabbar" aria-label="Main pages">
      {shown
        .filter(({ to }) => ON_PHONES.includes(to))
        .map((one) => (
          <Link key={one.to} to={one.to} aria-current={one === current ? 'page' : undefined}>
            <Icon name={one.icon} size={20} /> {one.name.replace('Worker jobs', 'Jobs')}
          </Link>
        ))}
      <button type="button" onClick={() => setMore(true)}>
        <Icon name="more" size={20} /> More
      </button>
      <Dialog title="All pages" open={more} onClose={() => setMore(false)}>
        <div className="stack tight">
          {shown.map((one) => (
            <Link key={one.to} to={one.to} className="row soft" onClick={() => setMore(false)}>
              <Icon name={one.icon} /> {one.name}
            </Link>
          ))}
        </div>
        {viewer && (
          <div
            className="stack tight more-foot"
            onClick={({ target }) => target instanceof HTMLAnchorElement && setMore(false)}
          >
            <Foot viewer={viewer} />
          </div>
        )}
      </Dialog>
    </nav>
  )
}

/** The code of a page on its way before the click has come up again. */
function preload(to: string): void {
  for (const place of places) if (place.pattern === to) place.load().catch(() => {}) // told when it is gone to
}
