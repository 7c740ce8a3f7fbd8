import {
  type ComponentProps,
  type MouseEvent,
  type ReactNode,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react'
import { ApiError } from '../client/request.ts'
import { navigate } from '../client/router.ts'
import { hue, initials, number, relative } from './format.ts'
import { Icon, type IconName } from './icons.tsx'

/** An ordinary link, except that a plain click stays in the page. */
export function Link({ to, onClick, ...rest }: { to: string } & ComponentProps<'a'>) {
  function follow(event: MouseEvent<HTMLAnchorElement>) {
    onClick?.(event)
    if (event.defaultPrevented || event.button !== 0) return
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    navigate(to)
  }
  return <a href={to} onClick={follow} {...rest} />
}

type PageProps = {
  title: ReactNode
  name: string
  lead?: ReactNode
  crumbs?: ReactNode
  actions?: ReactNode
  children: ReactNode
}

/** `name` is the tab's title. */
export function Page({ title, name, lead, crumbs, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${name} · Kith`
  }, [name])
  return (
    <div className="page">
      <header>
        <div>
          {crumbs && <div className="crumbs">{crumbs}</div>}
          <h1>{title}</h1>
          {lead && <p>{lead}</p>}
        </div>
        {actions && <div className="row wrap">{actions}</div>}
      </header>
      {children}
    </div>
  )
}

export function Card({
  title,
  actions,
  children,
  flush = false,
}: {
  title?: ReactNode
  actions?: ReactNode
  children: ReactNode
  flush?: boolean
}) {
  return (
    <section className="card">
      {title && (
        <header>
          <h2>{title}</h2>
          {actions}
        </header>
      )}
      {flush ? children : <div className="body">{children}</div>}
    </section>
  )
}

export function Figure({ name, children, title }: { name: ReactNode; children: ReactNode; title?: string }) {
  return (
    <div className="figure" title={title}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <h2>{title}</h2>
      {children}
    </div>
  )
}

export function Note({
  tone = 'info',
  icon,
  children,
}: {
  tone?: 'info' | 'bad' | 'warn' | 'good'
  icon?: IconName
  children: ReactNode
}) {
  return (
    <div className={`note ${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      {icon && <Icon name={icon} size={16} />}
      <div>{children}</div>
    </div>
  )
}

/** What the API refused, with its code, so that docs/errors.md can be asked. */
export function Failure({ error, retry }: { error: Error; retry?: () => void }) {
  return (
    <Note tone="bad" icon="warn">
      {error.message} {error instanceof ApiError && <code>{error.code}</code>}{' '}
      {retry && (
        <button type="button" className="button small" onClick={retry}>
          Try again
        </button>
      )}
    </Note>
  )
}

/** Bars in place of content that is still on its way; they show after a quarter of a second only. */
export function Waiting() {
  return (
    <div className="waiting" role="status" aria-label="Loading">
      <i />
      <i />
      <i />
    </div>
  )
}

type Asked<T> = { data?: T; error?: Error; reload?(): Promise<void> }

/** The data once it is there; before that, bars, or what went wrong. */
export function Ready<T>({ query, children }: { query: Asked<T>; children: (data: T) => ReactNode }) {
  const { data, error, reload } = query
  if (data !== undefined) return children(data)
  if (error instanceof ApiError && error.code === 'SCOPE_MISSING') {
    return (
      <Empty title="This is for others">
        <p>{error.message}</p>
      </Empty>
    )
  }
  if (error) return <Failure error={error} retry={reload && (() => void reload())} />
  return <Waiting />
}

/** What a page is made of: until it is there, or when it does not come, it is said where the page would be. */
export function ReadyPage<T>({ query, children }: { query: Asked<T>; children: (data: T) => ReactNode }) {
  if (query.data !== undefined) return children(query.data)
  return (
    <div className="page">
      <Ready query={query}>{children}</Ready>
    </div>
  )
}

/** 'n min ago', growing while it is looked at; the exact time on hover. */
export function Time({ at }: { at: string }) {
  const [, tick] = useState(0)
  useEffect(() => {
    const age = Date.now() - Date.parse(at)
    const timer = setInterval(() => tick((n) => n + 1), age < 60_000 ? 1000 : 30_000)
    return () => clearInterval(timer)
  }, [at])
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()}>
      {relative(at)}
    </time>
  )
}

export function Avatar({ name, large = false, square = false }: { name: string; large?: boolean; square?: boolean }) {
  const shape = `avatar${large ? ' large' : ''}${square ? ' square' : ''}`
  return (
    <span className={shape} style={{ '--hue': hue(name) } as ComponentProps<'span'>['style']} aria-hidden="true">
      {initials(name)}
    </span>
  )
}

export function Copy({ text, label = 'Copy' }: { text: string; label?: string }) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 1500)
    return () => clearTimeout(timer)
  }, [copied])
  return (
    <button
      type="button"
      className="button small"
      onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}
    >
      <Icon name={copied ? 'check' : 'copy'} size={14} />
      <span aria-live="polite">{copied ? 'Copied' : label}</span>
    </button>
  )
}

export function Code({ text, wrap = false }: { text: string; wrap?: boolean }) {
  return (
    <div className="copyable">
      <pre className={`code${wrap ? ' wrap' : ''}`} tabIndex={0}>
        {text}
      </pre>
      <Copy text={text} />
    </div>
  )
}

/** `more`: there are at least `count`. */
type Tab = { key: string; name: string; to: string; count?: number; more?: boolean }

/** Tabs are links: each has an address of its own. The current one is in sight, also where not all fit beside each other. */
export function Tabs({ tabs, current, label }: { tabs: Tab[]; current: string; label: string }) {
  const nav = useRef<HTMLElement>(null)
  useLayoutEffect(() => {
    const here = nav.current?.querySelector<HTMLElement>('[aria-current]')
    if (nav.current && here) nav.current.scrollLeft = here.offsetLeft + (here.offsetWidth - nav.current.clientWidth) / 2
  }, [current])
  return (
    <nav className="tabs" aria-label={label} ref={nav}>
      {tabs.map((tab) => (
        <Link key={tab.key} to={tab.to} aria-current={tab.key === current ? 'page' : undefined}>
          {tab.name}{' '}
          {tab.count !== undefined && <span className="count">{`${number(tab.count)}${tab.more ? '+' : ''}`}</span>}
        </Link>
      ))}
    </nav>
  )
}

export function Field({ name, hint, children }: { name: string; hint?: ReactNode; children: ReactNode }) {
  return (
    <label className="field">
      <span className="name">{name}</span>
      {children}
      {hint && <span className="hint">{hint}</span>}
    </label>
  )
}

type SelectProps = { name: string; field: string; hint?: string; options: Record<string, string>; value: string }

/** One of several, in a form: `field` is what the form calls it. */
export function Select({ name, field, hint, options, value }: SelectProps) {
  return (
    <Field name={name} hint={hint}>
      <select className="input" name={field} defaultValue={value}>
        {Object.entries(options).map(([key, text]) => (
          <option key={key} value={key}>
            {text}
          </option>
        ))}
      </select>
    </Field>
  )
}

export function Check({ name, checked, set }: { name: string; checked: boolean; set(checked: boolean): void }) {
  return (
    <label className="row">
      <input type="checkbox" checked={checked} onChange={(event) => set(event.target.checked)} />
      <span>{name}</span>
    </label>
  )
}
