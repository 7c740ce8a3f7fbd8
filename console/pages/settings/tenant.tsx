import { type FormEvent, useState } from 'react'
import { refresh, useQuery } from '../../client/query.ts'
import { request } from '../../client/request.ts'
import { useMayChange } from '../../client/viewer.ts'
import { useSave } from '../../definitions/save.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { Card, Failure, Field, Ready, Select, Time } from '../../ui/parts.tsx'
import { toast } from '../../ui/toast.tsx'
import { type SettingsResult, Timezones, UpdateTenant } from './settings.graphql.ts'

type Tenant = SettingsResult['viewer']['tenant']

export function TenantCard({ tenant }: { tenant: Tenant }) {
  const mayChange = useMayChange('admin')
  const [changing, setChanging] = useState(false)
  return (
    <Card
      title="Tenant"
      actions={
        mayChange && (
          <button type="button" className="button small" onClick={() => setChanging(true)}>
            Change
          </button>
        )
      }
    >
      <dl className="facts">
        <dt>Name</dt>
        <dd>{tenant.name}</dd>
        <dt>Short name</dt>
        <dd>
          <code>{tenant.slug}</code>
        </dd>
        <dt>Time zone</dt>
        <dd>{tenant.timezone}</dd>
        <dt>Since</dt>
        <dd>
          <Time at={tenant.createdAt} />
        </dd>
      </dl>
      <Dialog title="Change the tenant" open={changing} onClose={() => setChanging(false)}>
        <TenantForm tenant={tenant} onSaved={() => setChanging(false)} />
      </Dialog>
    </Card>
  )
}

const ANEW =
  'Days, weeks and months of rules begin in it. In another one every active segment and label is evaluated anew, and people and accounts may enter and leave.'

function TenantForm({ tenant, onSaved }: { tenant: Tenant; onSaved(): void }) {
  const list = useQuery(Timezones, {})
  const { error, busy, run } = useSave()

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const input = { name: String(form.get('name')), timezone: String(form.get('timezone')) }
    const isAnew = input.timezone !== tenant.timezone
    void run(async () => {
      // What is as it was is not sent: an old time zone may be one that is not offered any more.
      await request(UpdateTenant, { input: isAnew ? input : { name: input.name } })
      toast(isAnew ? 'Saved. Everybody is being looked at again.' : 'Saved.')
      onSaved()
      await refresh()
    })
  }

  return (
    <Ready query={list}>
      {({ timezones }) => (
        <form className="form" onSubmit={submit}>
          <Field name="Name">
            <input className="input" name="name" required defaultValue={tenant.name} />
          </Field>
          <Select
            name="Time zone"
            field="timezone"
            hint={ANEW}
            options={Object.fromEntries(
              [...new Set([tenant.timezone, ...timezones])].sort().map((name) => [name, name]),
            )}
            value={tenant.timezone}
          />
          {error && <Failure error={error} />}
          <button type="submit" className="button primary" disabled={busy}>
            Save
          </button>
        </form>
      )}
    </Ready>
  )
}
