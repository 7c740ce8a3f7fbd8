import type { FormEvent } from 'react'
import { refresh } from '../../client/query.ts'
import { request } from '../../client/request.ts'
import { here, navigate, usePlace } from '../../client/router.ts'
import type { UpdateConsentPurposeInput } from '../../client/schema.ts'
import { useMayChange } from '../../client/viewer.ts'
import { useSave } from '../../definitions/save.ts'
import { number, words } from '../../ui/format.ts'
import { Icon } from '../../ui/icons.tsx'
import { Card, Empty, Failure, Field, Link } from '../../ui/parts.tsx'
import { toast } from '../../ui/toast.tsx'
import { type IdentityPolicyResult, UpdateConsentPurpose } from './policy.graphql.ts'

type Purpose = IdentityPolicyResult['consentPurposes'][number]

/** In the address in place of a purpose's key; no key has blanks at its ends. */
const NEW = ' '

/** What people are asked for, and what they said. */
export function Purposes({ purposes }: { purposes: Purpose[] }) {
  const { search } = usePlace()
  const mayChange = useMayChange('model')
  const key = search.get('purpose')
  const chosen = purposes.find((purpose) => purpose.key === key)
  if (mayChange && (key === NEW || chosen)) return <PurposeForm key={key} purpose={chosen} />
  return (
    <Card
      title="What people allow"
      flush
      actions={
        mayChange && (
          <Link className="button small" to={here({ purpose: NEW })}>
            <Icon name="plus" size={14} /> New purpose
          </Link>
        )
      }
    >
      {purposes.length === 0 ? (
        <Empty title="Nobody has been asked yet">
          <p>
            A consent has a purpose and a channel, such as marketing by e-mail. It comes by the mutation setConsent, by
            an import or by SQL; of one person with several answers, the stricter counts.
          </p>
        </Empty>
      ) : (
        <div className="table-wrap">
          <table>
            <thead>
              <tr>
                <th>Purpose</th>
                <th>Channel</th>
                <th className="right">Allow it</th>
                <th className="right">Do not</th>
              </tr>
            </thead>
            <tbody>{purposes.flatMap((purpose) => linesOf(purpose, mayChange))}</tbody>
          </table>
        </div>
      )}
    </Card>
  )
}

/** A line for each channel that there is or that somebody was asked on. */
function linesOf(purpose: Purpose, mayChange: boolean) {
  const { key, channels, answers, retiredAt } = purpose
  const all = [...new Set([...channels, ...answers.map(({ channel }) => channel)])]
  const name = purpose.isDefined ? purpose.name : words(key)
  return (all.length > 0 ? all : ['']).map((channel, n) => {
    const said = answers.find((answer) => answer.channel === channel)
    const isOffered = channels.length === 0 || channels.includes(channel)
    return (
      <tr key={`${key} ${channel}`}>
        <td>
          {n === 0 && (mayChange ? <Link to={here({ purpose: key })}>{name}</Link> : name)}{' '}
          {n === 0 && retiredAt && <span className="pill warn">retired</span>}
        </td>
        <td className="soft">
          {channel === '' ? 'any' : channel} {!isOffered && <span className="pill warn">no longer</span>}
        </td>
        <td className="right">{number(said?.granted ?? 0)}</td>
        <td className="right">{number(said?.denied ?? 0)}</td>
      </tr>
    )
  })
}

function PurposeForm({ purpose }: { purpose?: Purpose }) {
  const { error, busy, run } = useSave()
  const close = () => navigate(here({ purpose: null }))

  const save = (input: UpdateConsentPurposeInput, done: string) =>
    void run(async () => {
      await request(UpdateConsentPurpose, { input })
      toast(done)
      await refresh()
      close()
    })

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    const text = (name: string) => String(data.get(name) ?? '').trim()
    const channels = text('channels')
      .split(',')
      .map((channel) => channel.trim())
      .filter(Boolean)
    const key = purpose?.key ?? text('key')
    save({ key, name: text('name'), description: text('description') || null, channels }, 'Saved.')
  }

  return (
    <Card title={purpose ? purpose.name : 'New purpose'}>
      <form className="form" onSubmit={submit}>
        {!purpose && (
          <Field name="Key" hint="As consents, sources and behaviors call it, such as marketing.">
            <input className="input mono" name="key" required maxLength={200} />
          </Field>
        )}
        <div className="form-row">
          <Field name="Name" hint="What it is called here.">
            <input className="input" name="name" required maxLength={200} defaultValue={purpose?.name} />
          </Field>
          <Field name="Channels" hint="With commas between: email, sms. None for any.">
            <input className="input" name="channels" defaultValue={purpose?.channels.join(', ')} />
          </Field>
        </div>
        <Field name="What for" hint="For whoever reads it later.">
          <input className="input" name="description" defaultValue={purpose?.description ?? ''} />
        </Field>
        {error && <Failure error={error} />}
        <div className="form-foot">
          <button type="submit" className="button primary" disabled={busy}>
            Save
          </button>
          {purpose && <Retire purpose={purpose} onSave={save} />}
          <button type="button" className="button ghost" onClick={close}>
            Back
          </button>
        </div>
      </form>
    </Card>
  )
}

type RetireProps = { purpose: Purpose; onSave(input: UpdateConsentPurposeInput, done: string): void }

/** From then on nobody can allow it; what was said still counts. */
function Retire({ purpose: { key, retiredAt }, onSave }: RetireProps) {
  return retiredAt ? (
    <button type="button" className="button" onClick={() => onSave({ key, retired: false }, 'Offered again.')}>
      Offer again
    </button>
  ) : (
    <button type="button" className="button danger" onClick={() => onSave({ key, retired: true }, 'Retired.')}>
      Retire
    </button>
  )
}
