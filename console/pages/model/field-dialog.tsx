import { useState } from 'react'
import { refresh } from '../../client/query.ts'
import { request } from '../../client/request.ts'
import type { FieldDraft } from '../../client/schema.ts'
import { useSave } from '../../definitions/save.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { plural, words } from '../../ui/format.ts'
import { listOf } from '../../ui/list.ts'
import { Check, Failure, Field as Labelled, Note } from '../../ui/parts.tsx'
import { toast } from '../../ui/toast.tsx'
import { CreateField, PreviewField, UpdateField } from './model.graphql.ts'
import { type Field, Violations } from './violations.tsx'

type Type = FieldDraft['type']
type Personal = NonNullable<FieldDraft['personal']>
const TYPES: Type[] = ['TEXT', 'NUMBER', 'BOOLEAN', 'DATE', 'INSTANT', 'CHOICE']
const PERSONAL: Personal[] = ['NONE', 'PERSONAL', 'SENSITIVE']

type Props = { object: string; name: string; field?: Field; onClose(): void }

/** A new field, or another form of one; which stored rows would not fit is said before it is saved. */
export function FieldDialog({ object, name, field, onClose }: Props) {
  const [key, setKey] = useState(field?.key ?? '')
  const [type, setType] = useState<Type>(field?.type ?? 'TEXT')
  const [description, setDescription] = useState(field?.description ?? '')
  const [choices, setChoices] = useState((field?.choices ?? []).join(', '))
  const [fallback, setFallback] = useState(field?.default == null ? '' : String(field.default))
  const [required, setRequired] = useState(field?.required ?? false)
  const [unique, setUnique] = useState(field?.unique ?? false)
  const [indexed, setIndexed] = useState(field?.indexed ?? false)
  const [personal, setPersonal] = useState<Personal>(field?.personal ?? 'NONE')
  const [days, setDays] = useState(field?.retentionDays == null ? '' : String(field.retentionDays))
  const [found, setFound] = useState<number>()
  const { error, busy, run } = useSave()
  const ofPeople = object === 'PROFILE'

  const attributes = () => ({
    type,
    description: description.trim() || null,
    choices: type === 'CHOICE' ? listOf(choices) : null,
    default: valueOf(type, fallback),
    required,
    unique,
    indexed,
    personal,
    retentionDays: days === '' ? null : Number(days),
  })
  const draft = (): FieldDraft => ({
    ...attributes(),
    object: object as FieldDraft['object'],
    key: key.trim(),
  })
  const check = () =>
    run(async () => {
      setFound((await request(PreviewField, { field: draft() })).previewField.count)
    })
  const save = () =>
    run(async () => {
      if (field) await request(UpdateField, { input: { ...attributes(), id: field.id } })
      else await request(CreateField, { input: draft() })
      toast(`${key} is saved.`)
      await refresh()
      onClose()
    })

  return (
    <Dialog
      title={field ? `Field ${field.key} of ${name}` : `New field of ${name}`}
      open
      onClose={onClose}
      foot={
        <>
          <button type="button" className="button" disabled={busy || key === ''} onClick={() => void check()}>
            Check stored rows
          </button>
          <button type="button" className="button primary" disabled={busy || key === ''} onClick={() => void save()}>
            Save
          </button>
        </>
      }
    >
      <div className="stack tight">
        {error && <Failure error={error} />}
        {found !== undefined && (
          <Note tone={found > 0 ? 'warn' : 'good'}>
            {found === 0 ? 'All stored rows would fit.' : `${plural(found, 'stored row')} would not fit.`}
          </Note>
        )}
        {field && found === undefined && <Violations id={field.id} />}
        {!field && (
          <Labelled name="Key" hint="Letters, digits and _; cannot be changed.">
            <input className="input" value={key} onChange={(event) => setKey(event.target.value)} />
          </Labelled>
        )}
        <Labelled name="Type">
          <select className="input" value={type} onChange={(event) => setType(event.target.value as Type)}>
            {TYPES.map((one) => (
              <option key={one} value={one}>
                {words(one.toLowerCase())}
              </option>
            ))}
          </select>
        </Labelled>
        {type === 'CHOICE' && (
          <Labelled name="Choices" hint="With commas between them.">
            <input className="input" value={choices} onChange={(event) => setChoices(event.target.value)} />
          </Labelled>
        )}
        <Labelled name="Description">
          <input className="input" value={description} onChange={(event) => setDescription(event.target.value)} />
        </Labelled>
        <Check name="Required" checked={required} set={setRequired} />
        <Check name="Indexed: filters and orders by it are fast" checked={indexed} set={setIndexed} />
        {!ofPeople && object !== 'ACCOUNT' && <Check name="Unique" checked={unique} set={setUnique} />}
        {!ofPeople && (
          <Labelled name="Default" hint="What a new record gets that has no value.">
            <input className="input" value={fallback} onChange={(event) => setFallback(event.target.value)} />
          </Labelled>
        )}
        <Labelled name="Personal data">
          <select className="input" value={personal} onChange={(event) => setPersonal(event.target.value as Personal)}>
            {PERSONAL.map((one) => (
              <option key={one} value={one}>
                {one === 'NONE' ? 'No' : words(one.toLowerCase())}
              </option>
            ))}
          </select>
        </Labelled>
        <Labelled name="Keep for days" hint="Older values are removed; empty for ever.">
          <input
            className="input"
            type="number"
            min={1}
            value={days}
            onChange={(event) => setDays(event.target.value)}
          />
        </Labelled>
      </div>
    </Dialog>
  )
}

/** What was typed, as a value of the type; what is none is sent as it is, and refused with a reason. */
function valueOf(type: Type, text: string): string | number | boolean | null {
  if (text === '') return null
  if (type === 'NUMBER' && Number.isFinite(Number(text))) return Number(text)
  if (type === 'BOOLEAN' && (text === 'true' || text === 'false')) return text === 'true'
  return text
}
