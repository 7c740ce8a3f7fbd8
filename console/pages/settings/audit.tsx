import { useState } from 'react'
import { useQuery } from '../../client/query.ts'
import { usePlace } from '../../client/router.ts'
import type { AuditAction, AuditActorKind, AuditEntryFilter } from '../../client/schema.ts'
import { isObject } from '../../rules/model.ts'
import { Choice } from '../../ui/choice.tsx'
import { words } from '../../ui/format.ts'
import { Pager, usePageArguments } from '../../ui/pager.tsx'
import { Card, Empty, Page, Ready, Time } from '../../ui/parts.tsx'
import { SearchField } from '../../ui/search-field.tsx'
import { AuditLog as AuditLogQuery, type AuditLogResult } from './audit.graphql.ts'
import { SettingsTabs } from './tabs.tsx'
import './audit.css'

const PAGE_SIZE = 50

type Entry = AuditLogResult['auditLog']['nodes'][number]

/** What was changed, by whom, from what to what. */
export default function AuditLog() {
  const log = useQuery(AuditLogQuery, { filter: useFilter(), ...usePageArguments(PAGE_SIZE) })
  return (
    <Page title="Settings" name="Audit log" lead="Every change: who, what, before and after. Nobody can rewrite it.">
      <SettingsTabs current="audit" />
      <div className="stack">
        <div className="filters">
          <SearchField label="Of what, such as segments" parameter="object" />
          <SearchField label="By whom, an address" parameter="who" />
          <Choice
            label="What was done"
            parameter="action"
            options={[
              { value: '', name: 'Anything' },
              { value: 'created', name: 'Made' },
              { value: 'updated', name: 'Changed' },
              { value: 'deleted', name: 'Deleted' },
              { value: 'called', name: 'Called' },
            ]}
          />
          <Choice
            label="By what"
            parameter="by"
            options={[
              { value: '', name: 'By anybody' },
              { value: 'user', name: 'By people' },
              { value: 'key', name: 'By keys' },
              { value: 'sql', name: 'By SQL' },
              { value: 'job', name: 'By Kith itself' },
            ]}
          />
        </div>
        <Card flush>
          <Ready query={log}>
            {({ auditLog }) =>
              auditLog.nodes.length === 0 ? (
                <Empty title="Nothing of that kind">
                  <p>Whatever somebody changes, here, by a key or by SQL, stands here a moment later.</p>
                </Empty>
              ) : (
                <>
                  <ul className="lines">
                    {auditLog.nodes.map((entry) => (
                      <Line key={entry.id} entry={entry} />
                    ))}
                  </ul>
                  <Pager info={auditLog.pageInfo} />
                </>
              )
            }
          </Ready>
        </Card>
      </div>
    </Page>
  )
}

function useFilter(): AuditEntryFilter {
  const { search } = usePlace()
  const [object, who, action, by] = ['object', 'who', 'action', 'by'].map((name) => search.get(name)?.trim())
  return {
    ...(object && { object: { contains: object, ignoreCase: true } }),
    ...(who && { actorName: { contains: who, ignoreCase: true } }),
    ...(action && { action: { eq: action as AuditAction } }),
    ...(by && { actorKind: { eq: by as AuditActorKind } }),
  }
}

const DONE: Record<AuditAction, string> = {
  created: 'made',
  updated: 'changed',
  deleted: 'deleted',
  emptied: 'emptied',
  called: 'called',
}

function Line({ entry }: { entry: Entry }) {
  const [open, setOpen] = useState(false)
  const { action, object, at } = entry
  return (
    <li className="event">
      <button type="button" className="disclose" aria-expanded={open} onClick={() => setOpen(!open)}>
        <b>{action === 'called' ? object : words(object)}</b>
        <span className={`pill${action === 'deleted' || action === 'emptied' ? ' bad' : ''}`}>{DONE[action]}</span>
        <span className="soft truncate">{subject(entry)}</span>
        <span className="muted truncate">{actor(entry)}</span>
      </button>
      <span className="when">
        <Time at={at} />
      </span>
      {open && <Detail entry={entry} />}
    </li>
  )
}

function Detail({ entry: { before, after, objectId, sqlRole, requestId, action, at } }: { entry: Entry }) {
  const [old, now] = [asRecord(before), asRecord(after)]
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])].sort()
  return (
    <div className="detail">
      {names.length === 0 ? (
        <p className="muted">{action === 'emptied' ? 'All rows at once.' : 'What it was has been erased.'}</p>
      ) : (
        <div className="table-wrap" tabIndex={0} role="region" aria-label="Before and after">
          <table className="difference">
            <thead>
              <tr>
                <th>Of it</th>
                <th>Before</th>
                <th>After</th>
              </tr>
            </thead>
            <tbody>
              {names.map((name) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td>{name in old && <del>{text(old[name])}</del>}</td>
                  <td>{name in now && <ins>{text(now[name])}</ins>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <p className="muted fine">
        {new Date(at).toLocaleString()} · database role <code>{sqlRole}</code>
        {objectId && (
          <>
            {' '}
            · row <code>{objectId}</code>
          </>
        )}
        {requestId && (
          <>
            {' '}
            · request <code>{requestId}</code>
          </>
        )}
      </p>
    </div>
  )
}

/** What it is called by people: the first of its columns that is a name. */
function subject({ before, after, objectId }: Entry): string {
  const row = { ...asRecord(before), ...asRecord(after) }
  for (const name of ['name', 'key', 'email', 'subject', 'external_id', 'number', 'browser'])
    if (typeof row[name] === 'string') return row[name]
  return objectId ?? ''
}

function actor({ actorKind, actorName, key, sqlRole }: Entry): string {
  if (actorKind === 'user') return `by ${actorName ?? 'somebody'}`
  if (actorKind === 'key') return `by the key ${key?.name ?? 'that is gone'}`
  if (actorKind === 'sql') return `by SQL, as ${sqlRole}`
  return actorKind === 'job' ? 'by Kith itself' : 'by the API'
}

const asRecord = (value: unknown): Record<string, unknown> => (isObject(value) ? value : {})

const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value, null, 1))
