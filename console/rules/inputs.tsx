/** The small fields of the rule builder. */
import { useState } from 'react'
import type { Json } from '../client/schema.ts'
import type { SuggestionList } from './suggestions.ts'

type TextProps = {
  label: string
  value: Json | undefined
  onChange(value: string): void
  suggest?: SuggestionList
  placeholder?: string
}

export function TextInput({ label, value, onChange, suggest, placeholder }: TextProps) {
  return (
    <input
      className="input small text"
      aria-label={label}
      placeholder={placeholder ?? label}
      list={suggest && `suggest-${suggest}`}
      autoComplete="off"
      spellCheck={false}
      value={value === undefined || value === null ? '' : String(value)}
      onChange={(event) => onChange(event.target.value)}
    />
  )
}

export function NumberInput({
  label,
  value,
  onChange,
}: {
  label: string
  value: Json | undefined
  onChange(value: number): void
}) {
  // What is being typed may be no number yet ('', '-', '1.').
  const [draft, setDraft] = useState<string>()
  return (
    <input
      className="input small numeric"
      aria-label={label}
      inputMode="decimal"
      value={draft ?? String(value ?? '')}
      onChange={(event) => {
        const text = event.target.value
        setDraft(text)
        if (/^-?\d+(\.\d+)?$/.test(text)) onChange(Number(text))
      }}
      onBlur={() => setDraft(undefined)}
    />
  )
}

const UNITS = [
  ['PT#M', 'minutes'],
  ['PT#H', 'hours'],
  ['P#D', 'days'],
  ['P#W', 'weeks'],
  ['P#M', 'months'],
  ['P#Y', 'years'],
] as const

type DurationProps = {
  label: string
  value: Json | undefined
  onChange(value: string | undefined): void
  optional?: boolean
}

/** One number and its unit; a duration of several units is edited as the ISO text that it is. */
export function DurationInput({ label, value, onChange, optional = false }: DurationProps) {
  const text = typeof value === 'string' ? value : ''
  const found = UNITS.map(
    ([form]) => [form, new RegExp(`^${form.replace('#', '(\\d+)')}$`).exec(text)?.[1]] as const,
  ).find(([, amount]) => amount !== undefined)
  if (!found && text !== '') return <TextInput label={`${label}, ISO 8601`} value={text} onChange={onChange} />
  const [form, amount] = found ?? ['none', '']
  return (
    <>
      {form !== 'none' && (
        <NumberInput
          label={`${label}: how many`}
          value={Number(amount)}
          onChange={(next) => Number.isInteger(next) && next > 0 && onChange(form.replace('#', String(next)))}
        />
      )}
      <select
        className="input small"
        aria-label={`${label}: unit`}
        value={form}
        onChange={(event) =>
          onChange(event.target.value === 'none' ? undefined : event.target.value.replace('#', amount || '7'))
        }
      >
        {(optional || form === 'none') && <option value="none">any time</option>}
        {UNITS.map(([key, name]) => (
          <option key={key} value={key}>
            {name}
          </option>
        ))}
      </select>
    </>
  )
}

/** For what has no form of its own. */
export function JsonInput({ label, value, onChange }: { label: string; value: Json; onChange(value: Json): void }) {
  const [text, setText] = useState(() => JSON.stringify(value))
  const [wrong, setWrong] = useState(false)
  return (
    <input
      className="input small mono json"
      aria-label={label}
      aria-invalid={wrong}
      spellCheck={false}
      value={text}
      onChange={(event) => {
        setText(event.target.value)
        try {
          onChange(JSON.parse(event.target.value) as Json)
          setWrong(false)
        } catch {
          setWrong(true)
        }
      }}
    />
  )
}
