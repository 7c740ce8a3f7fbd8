/** The editor of a label's rule: cases, a score, or a computed value. */
import { useState } from 'react'
import { RawRule, RuleBuilder, Suggestions, WhereList } from './builder.tsx'
import { Icon } from '../ui/icons.tsx'
import { DurationInput, NumberInput, TextInput } from './inputs.tsx'
import { formOf, freshLabel, LABEL_FORMS, labelSentence, type LabelForm, type LabelRule } from './label.ts'
import { type Fields, isObject, type Rule, type Subject, typed, withField } from './model.ts'
import { RecordKind } from './record-kind.tsx'
import './rules.css'

type Props<T> = { value: T; subject: Subject; onChange(value: T): void }

export function LabelEditor({ value, subject, onChange }: Props<LabelRule>) {
  const [raw, setRaw] = useState(false)
  const form = formOf(value)
  return (
    <div className="stack tight">
      <div className="row wrap">
        <div className="switch" role="group" aria-label="How to edit the rule">
          <button type="button" aria-pressed={!raw} onClick={() => setRaw(false)}>
            Builder
          </button>
          <button type="button" aria-pressed={raw} onClick={() => setRaw(true)}>
            JSON
          </button>
        </div>
        {!raw && (
          <select
            className="input small"
            aria-label="What the value is"
            value={form ?? ''}
            onChange={(event) => onChange(freshLabel(event.target.value as LabelForm, subject))}
          >
            {LABEL_FORMS.map((one) => (
              <option key={one.form} value={one.form}>
                {one.name}: {one.text.toLowerCase()}
              </option>
            ))}
          </select>
        )}
      </div>
      {raw || !form ? (
        <RawRule value={value} onChange={onChange} />
      ) : (
        <Form form={form} value={value} subject={subject} onChange={onChange} />
      )}
      <p className="soft">
        <span className="muted">In words:</span> {labelSentence(value)}
      </p>
      <Suggestions />
    </div>
  )
}

function Form({ form, ...editor }: Props<LabelRule> & { form: LabelForm }) {
  return form === 'compute' ? <Computed {...editor} /> : <Branches form={form} {...editor} />
}

/** The rules of cases and of scores, each with what it gives. */
function Branches({ form, value, subject, onChange }: Props<LabelRule> & { form: 'cases' | 'score' }) {
  const branches = (Array.isArray(value[form]) ? value[form] : []).filter(isObject)
  const gives = form === 'cases' ? 'value' : 'points'
  const set = (next: Fields[]) => onChange({ ...value, [form]: next })
  return (
    <ol className="stack tight rule">
      {branches.map((branch, index) => (
        // oxlint-disable-next-line react/no-array-index-key
        <li key={index} className="branch">
          <div className="rule-head">
            <span className="rule-word">{form === 'score' ? 'Add' : index === 0 ? 'The value is' : 'otherwise'}</span>
            {form === 'cases' ? (
              <TextInput
                label="Value"
                value={branch.value}
                onChange={(text) => set(branches.with(index, { ...branch, value: typed(text) }))}
              />
            ) : (
              <NumberInput
                label="Points"
                value={branch.points}
                onChange={(points) => set(branches.with(index, { ...branch, points }))}
              />
            )}
            <span className="rule-word">{form === 'score' ? 'points for' : 'for'}</span>
            {branches.length > 1 && (
              <button
                type="button"
                className="button ghost icon small remove"
                aria-label={`Remove this ${gives}`}
                onClick={() => set(branches.toSpliced(index, 1))}
              >
                <Icon name="close" size={14} />
              </button>
            )}
          </div>
          <RuleBuilder
            subject={subject}
            value={(isObject(branch.when) ? branch.when : { all: [] }) as Rule}
            onChange={(when) => set(branches.with(index, { ...branch, when }))}
          />
        </li>
      ))}
      <li className="rule-head">
        <button
          type="button"
          className="button small"
          onClick={() => set([...branches, ...(freshLabel(form, subject)[form] as Fields[])])}
        >
          <Icon name="plus" size={14} /> {form === 'cases' ? 'Another case' : 'More points'}
        </button>
        {form === 'cases' && (
          <>
            <span className="rule-word">and if none holds</span>
            <TextInput
              label="no value"
              value={value.otherwise}
              onChange={(text) => onChange(withField(value, 'otherwise', text === '' ? undefined : typed(text)))}
            />
          </>
        )}
      </li>
    </ol>
  )
}

const FUNCTIONS = [
  ['count', 'The count'],
  ['sum', 'The sum of'],
  ['avg', 'The average of'],
  ['min', 'The smallest'],
  ['max', 'The largest'],
  ['distinct', 'How many different'],
  ['first', 'The first'],
  ['last', 'The latest'],
  ['mostFrequent', 'The most frequent'],
] as const
function Computed({ value, subject, onChange }: Props<LabelRule>) {
  const compute = isObject(value.compute) ? value.compute : {}
  const set = (next: Fields) => onChange({ compute: next })
  const { of, path, event, record, within } = compute
  const source = isObject(event) ? 'event' : 'record'
  const suggest = source === 'event' ? 'properties' : (`fields-${String(isObject(record) && record.kind)}` as const)
  const matcher = (isObject(event) ? event : isObject(record) ? record : {}) as Fields
  return (
    <div className="rule">
      <div className="rule-node">
        <div className="rule-head">
          <select
            className="input small kind"
            aria-label="Function"
            value={String(of)}
            onChange={(change) => {
              const next = change.target.value
              const rest = { ...compute, of: next }
              set(next === 'count' ? withField(rest, 'path', undefined) : { ...rest, path: path ?? '' })
            }}
          >
            {FUNCTIONS.map(([key, name]) => (
              <option key={key} value={key}>
                {name}
              </option>
            ))}
          </select>
          {of !== 'count' && (
            <TextInput
              label="Property"
              suggest={suggest}
              value={path}
              onChange={(text) => set({ ...compute, path: text })}
            />
          )}
          <span className="rule-word">of the</span>
          <select
            className="input small"
            aria-label="Events or records"
            value={source}
            onChange={(change) => {
              const rest = withField(withField(compute, 'event', undefined), 'record', undefined)
              set(
                change.target.value === 'event'
                  ? { ...rest, event: { name: '' } }
                  : { ...rest, record: { kind: 'order' } },
              )
            }}
          >
            <option value="event">events</option>
            <option value="record">records</option>
          </select>
          {source === 'event' ? (
            <TextInput
              label="Event"
              suggest="events"
              value={matcher.name}
              onChange={(name) => set({ ...compute, event: { ...matcher, name } })}
            />
          ) : (
            <RecordKind
              value={matcher.kind}
              subject={subject}
              onChange={(kind) => set({ ...compute, record: { ...matcher, kind } })}
            />
          )}
          <span className="rule-word">in the last</span>
          <DurationInput
            label="Within"
            optional
            value={within}
            onChange={(next) => set(withField(compute, 'within', next))}
          />
        </div>
        <WhereList
          value={matcher}
          onChange={(next) => set({ ...compute, [source]: next })}
          name="where"
          suggest={suggest}
        />
      </div>
    </div>
  )
}
