/** The pages of the console: their address, name and code, which is loaded when first needed. */
import type { ComponentType, LazyExoticComponent } from 'react'
import { late } from '../client/late.ts'
import type { Permission } from '../client/schema.ts'
import type { IconName } from '../ui/icons.tsx'

export type Parameters = Record<string, string>
type PageComponent = ComponentType<{ parameters: Parameters }>

type Place = { pattern: string; page: LazyExoticComponent<PageComponent>; load(): Promise<unknown> }

function place(pattern: string, load: () => Promise<{ default: PageComponent }>): Place {
  return { pattern, load, page: late(load) }
}

export const places: Place[] = [
  place('/', () => import('./home/home.tsx')),
  place('/people', () => import('./people/people.tsx')),
  place('/people/:id', () => import('./person/person.tsx')),
  place('/audience', () => import('./audience/audience.tsx')),
  place('/templates', () => import('./templates/templates.tsx')),
  place('/segments', () => import('./segments/segments.tsx')),
  place('/segments/new', () => import('./segment/edit.tsx')),
  place('/segments/:key', () => import('./segment/segment.tsx')),
  place('/accounts', () => import('./accounts/accounts.tsx')),
  place('/accounts/:id', () => import('./account/account.tsx')),
  place('/data/behaviors/:id', () => import('./behavior/edit.tsx')),
  place('/data', () => import('./data/data.tsx')),
  place('/data/model', () => import('./model/model.tsx')),
  place('/sql', () => import('./sql/sql.tsx')),
  place('/settings', () => import('./settings/settings.tsx')),
  place('/settings/team', () => import('./settings/team.tsx')),
  place('/settings/you', () => import('./settings/you.tsx')),
  place('/settings/audit', () => import('./settings/audit.tsx')),
  place('/settings/identity', () => import('./identity-policy/policy.tsx')),
  place('/jobs', () => import('./jobs/jobs.tsx')),
  place('/labels', () => import('./labels/labels.tsx')),
  place('/labels/new', () => import('./label/edit.tsx')),
  place('/labels/:key', () => import('./label/label.tsx')),
]

export type Destination = {
  to: string
  name: string
  icon: IconName
  group: string
  shortcut?: string
  /** Of use only to those who have it. */
  permission?: Permission
}

const all: Destination[] = [
  { to: '/', name: 'Home', icon: 'home', group: '', shortcut: 'h' },
  { to: '/people', name: 'People', icon: 'people', group: 'Who', shortcut: 'p' },
  { to: '/accounts', name: 'Accounts', icon: 'account', group: 'Who', shortcut: 'a' },
  { to: '/segments', name: 'Segments', icon: 'segment', group: 'Audiences', shortcut: 's' },
  { to: '/audience', name: 'Audience', icon: 'audience', group: 'Audiences', shortcut: 'u' },
  { to: '/templates', name: 'Templates', icon: 'template', group: 'Audiences', shortcut: 't' },
  { to: '/labels', name: 'Labels', icon: 'label', group: 'Audiences', shortcut: 'l' },
  { to: '/jobs', name: 'Worker jobs', icon: 'jobs', group: 'Machinery', shortcut: 'j', permission: 'operate' },
  { to: '/data', name: 'Data', icon: 'data', group: 'Machinery', shortcut: 'd' },
  { to: '/sql', name: 'SQL', icon: 'sql', group: 'Machinery', shortcut: 'q' },
  { to: '/settings', name: 'Settings', icon: 'settings', group: 'Machinery', shortcut: ',' },
]

/** What the menus offer. */
export const destinations = all.filter(({ to }) => places.some(({ pattern }) => pattern === to))

/** The destination that a path belongs to: /people/42 to /people. */
export function destinationOf(path: string): Destination | undefined {
  return destinations.find(({ to }) => to === path || (to !== '/' && path.startsWith(`${to}/`)))
}
