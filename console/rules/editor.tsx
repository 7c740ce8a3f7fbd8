import { useState } from 'react'
import { RawRule, RuleBuilder, Suggestions } from './builder.tsx'
import type { Rule, Subject } from './model.ts'
import { sentence } from './sentence.ts'

type Props = { value: Rule; subject?: Subject; onChange(value: Rule): void }

/** A rule by hand: with the builder, or as JSON. The sentence below says what it means. */
export function RuleEditor({ value, subject, onChange }: Props) {
  const [raw, setRaw] = useState(false)
  return (
    <div className="stack tight">
      <div className="switch" role="group" aria-label="How to edit the rule">
        <button type="button" aria-pressed={!raw} onClick={() => setRaw(false)}>
          Builder
        </button>
        <button type="button" aria-pressed={raw} onClick={() => setRaw(true)}>
          JSON
        </button>
      </div>
      {raw ? (
        <RawRule value={value} onChange={onChange} />
      ) : (
        <RuleBuilder value={value} subject={subject} onChange={onChange} />
      )}
      <p className="soft">
        <span className="muted">In words:</span> {sentence(value)}
      </p>
      <Suggestions />
    </div>
  )
}
