import type { Subject } from '../rules/model.ts'

type Props = { value: Subject; onChange(subject: Subject): void }

/** Whom a new segment or label is about; it stays so for good. */
export function About({ value, onChange }: Props) {
  return (
    <div className="switch" role="group" aria-label="Whom it is about">
      <button type="button" aria-pressed={value === 'PERSON'} onClick={() => onChange('PERSON')}>
        People
      </button>
      <button type="button" aria-pressed={value === 'ACCOUNT'} onClick={() => onChange('ACCOUNT')}>
        Accounts
      </button>
    </div>
  )
}
