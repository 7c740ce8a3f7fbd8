import { type FormEvent, useState } from 'react'
import { refresh, useQuery } from '../../client/query.ts'
import { request } from '../../client/request.ts'
import type { KeyScope, Permission } from '../../client/schema.ts'
import { useMayChange, useViewer } from '../../client/viewer.ts'
import { useSave } from '../../definitions/save.ts'
import { Confirm, Dialog } from '../../ui/dialog.tsx'
import { Icon } from '../../ui/icons.tsx'
import { Card, Code, Failure, Field, Note, Page, Ready, Time } from '../../ui/parts.tsx'
import { attempt } from '../../ui/toast.tsx'
import { CreateApiKey, RevokeApiKey, Settings as SettingsQuery, type SettingsResult } from './settings.graphql.ts'
import { SettingsTabs } from './tabs.tsx'
import { TenantCard } from './tenant.tsx'

const SCOPES: { scope: KeyScope; name: string; text: string; permission: Permission }[] = [
  { scope: 'write', name: 'Write', text: 'send events', permission: 'write' },
  { scope: 'read', name: 'Read', text: 'query and subscribe', permission: 'read' },
  { scope: 'operator', name: 'Operator', text: 'watch and steer the workers', permission: 'operate' },
  { scope: 'admin', name: 'Admin', text: 'everything in the tenant', permission: 'admin' },
]

export default function Settings() {
  const settings = useQuery(SettingsQuery, {})
  return (
    <Page title="Settings" name="Settings" lead="The tenant, and the keys to its doors.">
      <SettingsTabs current="keys" />
      <Ready query={settings}>
        {(data) => (
          <div className="stack">
            <Keys data={data} />
            <TenantCard tenant={data.viewer.tenant} />
          </div>
        )}
      </Ready>
    </Page>
  )
}

function Keys({ data }: { data: SettingsResult }) {
  const mayChange = useMayChange('keys')
  const [making, setMaking] = useState(false)
  const [ending, setEnding] = useState<{ id: string; name: string }>()
  const own = data.viewer.key?.id
  return (
    <Card
      title="API keys"
      flush
      actions={
        mayChange && (
          <button type="button" className="button small" onClick={() => setMaking(true)}>
            <Icon name="plus" size={14} /> New key
          </button>
        )
      }
    >
      <div className="table-wrap">
        <table>
          <thead>
            <tr>
              <th>Name</th>
              <th>May</th>
              <th className="wide-only">Source</th>
              <th className="right wide-only">Made</th>
              <th className="right">Last used</th>
              <th className="right">
                <span className="visually-hidden">State</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {data.apiKeys.nodes.map(({ id, name, scopes, source, createdAt, lastUsedAt, revokedAt }) => (
              <tr key={id}>
                <td>
                  <b>{name}</b> {id === own && <span className="pill accent">this session</span>}
                </td>
                <td>
                  <span className="pills">
                    {scopes.map((scope) => (
                      <span key={scope} className="pill">
                        {scope}
                      </span>
                    ))}
                  </span>
                </td>
                <td className="wide-only soft">{source?.name ?? '–'}</td>
                <td className="right soft wide-only">
                  <Time at={createdAt} />
                </td>
                <td className="right soft">{lastUsedAt ? <Time at={lastUsedAt} /> : '–'}</td>
                <td className="right">
                  {revokedAt ? (
                    <span className="pill bad">revoked</span>
                  ) : (
                    mayChange &&
                    id !== own && (
                      <button type="button" className="button small danger" onClick={() => setEnding({ id, name })}>
                        Revoke
                      </button>
                    )
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <NewKey open={making} onClose={() => setMaking(false)} sources={data.sources.nodes} />
      <Confirm
        title={`Revoke ${ending?.name}?`}
        open={ending !== undefined}
        onClose={() => setEnding(undefined)}
        action="Revoke the key"
        onConfirm={() =>
          ending && void attempt(() => request(RevokeApiKey, { id: ending.id }).then(refresh), 'Revoked.')
        }
      >
        <p>Whatever uses it is shut out within seconds, and it cannot be brought back.</p>
      </Confirm>
    </Card>
  )
}

type NewKeyProps = { open: boolean; onClose(): void; sources: SettingsResult['sources']['nodes'] }

function NewKey({ open, onClose, sources }: NewKeyProps) {
  const [made, setMade] = useState<string>()
  const permissions = useViewer()?.permissions
  const scopes = SCOPES.filter(({ permission }) => permissions?.includes(permission))
  const { error, busy, run } = useSave()

  function close() {
    setMade(undefined)
    onClose()
  }

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const input = {
      name: String(form.get('name')),
      scopes: form.getAll('scope').map(String) as KeyScope[],
      source: String(form.get('source') ?? '') || null,
    }
    void run(async () => {
      const { createApiKey } = await request(CreateApiKey, { input })
      setMade(createApiKey.key)
      await refresh()
    })
  }

  return (
    <Dialog title={made ? 'Keep this key' : 'New key'} open={open} onClose={close}>
      {made ? (
        <>
          <Note tone="warn">It is shown now and never again: Kith keeps no more than its fingerprint.</Note>
          <Code text={made} />
          <button type="button" className="button primary" onClick={close}>
            I have it
          </button>
        </>
      ) : (
        <form className="form" onSubmit={submit}>
          <Field name="Name" hint="Who or what will use it.">
            <input className="input" name="name" required placeholder="Website" />
          </Field>
          <fieldset className="stack tight">
            <legend className="legend">It may</legend>
            {scopes.map(({ scope, name, text }) => (
              <label key={scope} className="row">
                <input type="checkbox" name="scope" value={scope} defaultChecked={scope === 'write'} />
                <span>
                  {name} <span className="muted">({text})</span>
                </span>
              </label>
            ))}
          </fieldset>
          <Field name="Source" hint="What events sent with it are attributed to.">
            <select className="input" name="source">
              <option value="">None</option>
              {sources.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </Field>
          {error && <Failure error={error} />}
          <button type="submit" className="button primary" disabled={busy}>
            Make the key
          </button>
        </form>
      )}
    </Dialog>
  )
}
