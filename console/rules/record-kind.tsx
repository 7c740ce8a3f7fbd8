import { recordKindsOf, type Subject } from './model.ts'
import { useSuggestions } from './suggestions.ts'

type Props = { value: unknown; subject: Subject; onChange(kind: string): void }

/** Which records: the CRM's kinds, and the tenant's own objects. */
export function RecordKind({ value, subject, onChange }: Props) {
  const objects = useSuggestions().objects.filter((one) => (subject === 'ACCOUNT' ? one.account : one.person))
  const kinds = recordKindsOf(subject)
  const kind = String(value)
  const known = kinds.includes(kind) || objects.some(({ key }) => key === kind)
  return (
    <select
      className="input small"
      aria-label="Kind of record"
      value={kind}
      onChange={(event) => onChange(event.target.value)}
    >
      {!known && <option>{kind}</option>}
      {kinds.map((one) => (
        <option key={one}>{one}</option>
      ))}
      {objects.length > 0 && (
        <optgroup label="Your own">
          {objects.map(({ key, name }) => (
            <option key={key} value={key}>
              {name}
            </option>
          ))}
        </optgroup>
      )}
    </select>
  )
}
