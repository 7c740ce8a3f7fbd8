import { useState } from 'react'
import type { Json } from '../client/schema.ts'
import { DurationInput, JsonInput, TextInput } from './inputs.tsx'
import { type Conditions, OPERATORS, type Operator, operatorOf, typed, withOperator } from './model.ts'
import type { SuggestionList } from './suggestions.ts'

type Props = {
  value: Conditions
  onChange(value: Conditions): void
  /** Which field names what is compared: a path, a label's key, an identifier's type. */
  subject: 'path' | 'key' | 'type'
  suggest: SuggestionList
}

const SUBJECTS = { path: 'Property', key: 'Key', type: 'Type' }

/** What, operator, value. */
export function ConditionRow({ value, onChange, subject, suggest }: Props) {
  const found = operatorOf(value)
  if (!found)
    return <JsonInput label="Condition as JSON" value={value} onChange={(next) => onChange(next as Conditions)} />
  const { operator, value: against } = found
  return (
    <>
      <TextInput
        label={SUBJECTS[subject]}
        suggest={suggest}
        value={value[subject]}
        onChange={(text) => onChange({ ...value, [subject]: text })}
      />
      <select
        className="input small"
        aria-label="Operator"
        value={operator}
        onChange={(event) => onChange(withOperator(value, event.target.value as Operator, against))}
      >
        {OPERATORS.map(({ key, name }) => (
          <option key={key} value={key}>
            {name}
          </option>
        ))}
      </select>
      <ValueInput operator={operator} value={against} onChange={(next) => onChange({ ...value, [operator]: next })} />
    </>
  )
}

function ValueInput({ operator, value, onChange }: { operator: Operator; value: Json; onChange(value: Json): void }) {
  switch (operator) {
    case 'exists':
    case 'missing':
    case 'empty':
      return value === true ? null : <JsonInput label="Value" value={value} onChange={onChange} />
    case 'anniversary':
      return value === true ? null : (
        <DurationInput label="Within" value={value} onChange={(next) => onChange(next ?? true)} />
      )
    case 'withinLast':
    case 'withinNext':
      return <DurationInput label="How long" value={value} onChange={(next) => onChange(next ?? 'P30D')} />
    case 'in':
    case 'notIn':
      return <ListInput value={value} onChange={onChange} />
    default:
      return <ScalarInput value={value} onChange={onChange} />
  }
}

/** A text, a number or yes/no; which of them can be said, as 5 and "5" are not the same to a rule. */
function ScalarInput({ value, onChange }: { value: Json; onChange(value: Json): void }) {
  // The text as typed: "1." would otherwise lose its point before the digit comes.
  const [draft, setDraft] = useState<string>()
  const isText = typeof value === 'string'
  const shown = draft ?? String(value ?? '')
  const ambiguous = typeof typed(shown) !== 'string'
  return (
    <span className="scalar">
      <input
        className="input small text"
        aria-label="Value"
        placeholder="Value"
        spellCheck={false}
        value={shown}
        onChange={(event) => {
          setDraft(event.target.value)
          onChange(typed(event.target.value))
        }}
        onBlur={() => setDraft(undefined)}
      />
      {ambiguous && (
        <button
          type="button"
          className="button small ghost"
          title={
            isText
              ? 'Compared as text; click to compare as it looks'
              : 'Compared as a number or yes/no; click to compare as text'
          }
          onClick={() => onChange(isText ? typed(shown) : shown)}
        >
          {isText ? 'text' : typeof value === 'boolean' ? 'yes/no' : 'number'}
        </button>
      )}
    </span>
  )
}

function ListInput({ value, onChange }: { value: Json; onChange(value: Json): void }) {
  const [draft, setDraft] = useState<string>()
  return (
    <input
      className="input small text"
      aria-label="Values, with commas between"
      placeholder="one, two, three"
      spellCheck={false}
      value={draft ?? (Array.isArray(value) ? value.join(', ') : '')}
      onChange={(event) => {
        setDraft(event.target.value)
        onChange(event.target.value.split(',').flatMap((part) => (part.trim() === '' ? [] : [typed(part.trim())])))
      }}
      onBlur={() => setDraft(undefined)}
    />
  )
}
