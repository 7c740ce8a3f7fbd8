import { type FormEvent, useRef, useState } from 'react'
import { refresh } from '../../client/query.ts'
import { request } from '../../client/request.ts'
import type { PreviewIdentifierTypeInput } from '../../client/schema.ts'
import { useMayChange } from '../../client/viewer.ts'
import { useSave } from '../../definitions/save.ts'
import { bare } from '../../people/person.ts'
import { isObject } from '../../rules/model.ts'
import { words } from '../../ui/format.ts'
import { Card, Failure, Field, Note, Select } from '../../ui/parts.tsx'
import { attempt, toast } from '../../ui/toast.tsx'
import { changeOf, READ_AS } from './change.ts'
import type { IdentifierType } from './policy.tsx'
import { ResetIdentifierType, UpdateIdentifierType } from './policy.graphql.ts'
import { Preview } from './preview.tsx'

type Source = { id: string; name: string }
type Props = { type?: IdentifierType; sources: Source[]; onDone(): void }

/** What a kind of identifier is, and what a change would do to who is one person, before it is saved. */
export function TypeForm({ type, sources, onDone }: Props) {
  const mayChange = useMayChange('model')
  const form = useRef<HTMLFormElement>(null)
  const [asked, setAsked] = useState<PreviewIdentifierTypeInput>()
  const { error, busy, run } = useSave()

  const change = () => {
    const data = new FormData(form.current!)
    return changeOf(data, type?.key ?? String(data.get('key')))
  }

  function preview() {
    if (form.current!.reportValidity()) setAsked(change())
  }

  function save(event: FormEvent) {
    event.preventDefault()
    void run(async () => {
      await request(UpdateIdentifierType, { input: change() })
      toast('Saved. It counts for what comes.')
      await refresh()
      onDone()
    })
  }

  function reset() {
    void attempt(
      () => request(ResetIdentifierType, { key: type!.key }).then(refresh).then(onDone),
      'As built in again.',
    )
  }

  return (
    <Card title={type ? words(type.key) : 'New kind of identifier'}>
      <form ref={form} className="form" onSubmit={save} onChange={() => setAsked(undefined)}>
        <fieldset className="form" disabled={!mayChange}>
          {!type && (
            <Field name="Key" hint="As events and records call it, such as loyalty_card.">
              <input className="input mono" name="key" required pattern="[a-z][a-z0-9_]{0,62}" />
            </Field>
          )}
          <Basics type={type} />
          <Field name="Values that name nobody" hint="One in a line; * stands for anything, as in test-*.">
            <textarea className="input mono" name="blocked" rows={4} defaultValue={type?.blocked.join('\n')} />
          </Field>
          <Weights weights={type?.weights} sources={sources} />
        </fieldset>
        {error && <Failure error={error} />}
        {asked && <Preview input={asked} />}
        <div className="form-foot">
          {mayChange && (
            <>
              <button type="submit" className="button primary" disabled={busy}>
                Save
              </button>
              <button type="button" className="button" onClick={preview}>
                What would change?
              </button>
            </>
          )}
          {mayChange && type?.isChanged && (
            <button type="button" className="button danger" onClick={reset}>
              As built in
            </button>
          )}
          <button type="button" className="button ghost" onClick={onDone}>
            Back
          </button>
        </div>
        {!mayChange && <Note>This key may look, but not change.</Note>}
      </form>
    </Card>
  )
}

function Basics({ type }: { type?: IdentifierType }) {
  return (
    <>
      <div className="form-row">
        <Select
          name="Read"
          field="normaliser"
          hint="Values that read the same are one."
          options={READ_AS}
          value={type?.normaliser ?? 'VERBATIM'}
        />
        <Field name="Country" hint="Two letters: of phone numbers that name none.">
          <input className="input" name="country" pattern="[A-Za-z]{2}" defaultValue={type?.country ?? ''} />
        </Field>
      </div>
      <div className="form-row">
        <Whole
          name="Priority"
          field="priority"
          least={0}
          most={1000}
          value={type?.priority}
          hint="Lower is stronger."
        />
        <Whole name="Most per person" field="max" value={type?.max} hint="One more keeps two people apart." />
        <Whole
          name="People until shared"
          field="peopleLimit"
          value={type?.peopleLimit}
          hint="A value that would have joined so many who must stay apart links nobody from then on."
        />
      </div>
      <label className="row">
        <input type="checkbox" name="shared" defaultChecked={type?.shared} />
        <span>
          Shared <span className="muted">(several people use one value: it links nobody)</span>
        </span>
      </label>
    </>
  )
}

type WholeProps = { name: string; field: string; value?: number; hint: string; least?: number; most?: number }

function Whole({ name, field, value, hint, least = 1, most = 10_000 }: WholeProps) {
  return (
    <Field name={name} hint={hint}>
      <input className="input" type="number" name={field} min={least} max={most} step={1} defaultValue={value} />
    </Field>
  )
}

/** Of the tenant's sources by their ids, and of all events and CRM records. */
function Weights({ weights, sources }: { weights: unknown; sources: Source[] }) {
  const known = isObject(weights) ? weights : {}
  const all = [
    { id: 'crm', name: 'CRM records' },
    { id: 'event', name: 'Events of any source' },
    ...sources.map(({ id, name }) => ({ id: bare(id), name })),
  ]
  const others = Object.keys(known).filter((id) => !all.some((one) => one.id === id))
  return (
    <details open={Object.keys(known).length > 0}>
      <summary>Weight by source</summary>
      <p className="muted fine">Where evidence conflicts, the heavier keeps the value. Without a word it is 1.</p>
      <div className="form-row">
        {[...all, ...others.map((id) => ({ id, name: id }))].map(({ id, name }) => (
          <Field key={id} name={name}>
            <input
              className="input"
              type="number"
              name={`weight ${id}`}
              min={0}
              max={1000}
              step={1}
              defaultValue={known[id] === undefined ? '' : Number(known[id])}
            />
          </Field>
        ))}
      </div>
    </details>
  )
}
