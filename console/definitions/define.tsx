/** The form in which segments and labels are made and changed; their rules come as children. */
import { type FormEvent, type ReactNode, useState } from 'react'
import { Card, Failure, Field, Note } from '../ui/parts.tsx'
import { keyOf } from './key.ts'
import { useSave } from './save.ts'

export type Draft = { key: string; name: string; description: string }

type Props = {
  /** What there is; without it, something new with a key of its own. */
  known?: Draft
  mayChange: boolean
  /** Whether the rule below has changed. */
  ruleChanged: boolean
  incomplete: boolean
  action: string
  placeholder?: string
  onSave(draft: Draft): Promise<void>
  children: ReactNode
}

export function DefineForm({
  known,
  mayChange,
  ruleChanged,
  incomplete,
  action,
  placeholder,
  onSave,
  children,
}: Props) {
  const [name, setName] = useState(known?.name ?? '')
  const [key, setKey] = useState<string>()
  const [description, setDescription] = useState(known?.description ?? '')
  const { error, busy, run } = useSave()
  const chosenKey = known?.key ?? key ?? keyOf(name)
  const changed = !known || ruleChanged || name !== known.name || description !== known.description

  function save(event: FormEvent) {
    event.preventDefault()
    void run(() => onSave({ key: chosenKey, name, description }))
  }

  return (
    <Card>
      <form className="form" onSubmit={save}>
        <div className="form-row">
          <Field name="Name">
            <input
              className="input"
              required
              placeholder={placeholder}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          </Field>
          {known ? (
            <Description value={description} onChange={setDescription} />
          ) : (
            <Field name="Key" hint="What rules, subscriptions and SQL call it by. It cannot be changed later.">
              <input
                className="input mono"
                required
                pattern="[a-z0-9][a-z0-9_\-]{0,62}"
                title="Lower-case letters, digits, _ and -"
                value={chosenKey}
                onChange={(event) => setKey(event.target.value)}
              />
            </Field>
          )}
        </div>
        {!known && <Description value={description} onChange={setDescription} />}
        {children}
        {error && <Failure error={error} />}
        {mayChange ? (
          <div className="form-foot">
            <button type="submit" className="button primary" disabled={busy || !changed || incomplete}>
              {action}
            </button>
            {incomplete && <span className="muted">Something in the rule is still to be filled in.</span>}
          </div>
        ) : (
          <Note>This key may look, but not change.</Note>
        )}
      </form>
    </Card>
  )
}

function Description({ value, onChange }: { value: string; onChange(value: string): void }) {
  return (
    <Field name="Description">
      <input className="input" value={value} onChange={(event) => onChange(event.target.value)} />
    </Field>
  )
}
