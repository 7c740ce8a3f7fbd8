/** The visual editor of a rule. What it has no form for stays as JSON, in its place, and is never lost. */
import { createContext, type ReactNode, useContext, useId, useState } from 'react'
import type { Json } from '../client/schema.ts'
import { Icon } from '../ui/icons.tsx'
import { ConditionRow } from './condition.tsx'
import { DurationInput, JsonInput, NumberInput, TextInput } from './inputs.tsx'
import {
  close,
  type Fields,
  fresh,
  grouped,
  isGroup,
  isObject,
  type Kind,
  kindsOf,
  open,
  type Rule,
  type Subject,
  subjectBelow,
  whereList,
  withField,
} from './model.ts'
import { RecordKind } from './record-kind.tsx'
import { type SuggestionList, useSuggestions } from './suggestions.ts'
import './rules.css'

type Editor<T> = { value: T; onChange(value: T): void }

/** Whom the conditions here are about. */
const About = createContext<Subject>('PERSON')

export function RuleBuilder({ value, onChange, subject = 'PERSON' }: Editor<Rule> & { subject?: Subject }) {
  return (
    <About value={subject}>
      <div className="rule">
        <Group value={grouped(value)} onChange={onChange} root />
      </div>
    </About>
  )
}

function Group({ value, onChange, root = false, onRemove }: Editor<Rule> & { root?: boolean; onRemove?: () => void }) {
  const subject = useContext(About)
  const { kind, body, negated } = open(value)
  const children = (Array.isArray(body) ? body : []) as Rule[]
  const set = (next: Rule[]) => onChange(close(kind, next, negated))
  const remove = onRemove && <Remove what="group" onClick={onRemove} />
  return (
    <fieldset className={`rule-group ${kind}`}>
      <legend className="visually-hidden">{kind === 'all' ? 'All of these' : 'Any of these'}</legend>
      <div className="rule-head">
        {root && <span>{subject === 'ACCOUNT' ? 'Accounts that match' : 'People who match'}</span>}
        <Negation negated={negated} hidden={root} onChange={(next) => onChange(close(kind, children, next))} />
        <select
          className="input small"
          aria-label="How the conditions join"
          value={kind}
          onChange={(event) => onChange(close(event.target.value, children, negated))}
        >
          <option value="all">all of</option>
          <option value="any">any of</option>
        </select>
        {children.length === 0 && (
          <span className="muted">{`Empty: ${kind === 'all' ? 'every' : 'no'}${subject === 'ACCOUNT' ? ' account' : 'body'}`}</span>
        )}
        {remove}
      </div>
      {children.map((child, index) => (
        <Node
          // Conditions have no identity of their own; their place is it.
          // oxlint-disable-next-line react/no-array-index-key
          key={index}
          value={child}
          onChange={(next) => set(children.with(index, next))}
          onRemove={() => set(children.toSpliced(index, 1))}
        />
      ))}
      <AddNode onAdd={(added) => set([...children, fresh(added, subject)])} />
    </fieldset>
  )
}

function AddNode({ onAdd }: { onAdd(kind: Kind): void }) {
  const kinds = kindsOf(useContext(About))
  return (
    <div className="rule-add">
      <Icon name="plus" size={14} />
      <select
        className="input small"
        aria-label="Add a condition"
        value=""
        onChange={(event) => event.target.value && onAdd(event.target.value as Kind)}
      >
        <option value="">Add a condition</option>
        {kinds.map(({ kind, name, text }) => (
          <option key={kind} value={kind} title={text}>
            {name}
          </option>
        ))}
      </select>
    </div>
  )
}

function Node({ value, onChange, onRemove }: Editor<Rule> & { onRemove(): void }) {
  const subject = useContext(About)
  const { kind, body, negated } = open(value)
  if (isGroup(kind)) return <Group value={value} onChange={onChange} onRemove={onRemove} />
  const Form = FORMS[kind]
  const kinds = kindsOf(subject)
  const known = kinds.find((one) => one.kind === kind)
  return (
    <div className="rule-node">
      <div className="rule-head">
        <Negation negated={negated} onChange={(next) => onChange(close(kind, body, next))} />
        <select
          className="input small kind"
          aria-label="Kind of condition"
          value={kind}
          onChange={(event) =>
            onChange(close(event.target.value, Object.values(fresh(event.target.value as Kind, subject))[0]!, negated))
          }
        >
          {!known && <option value={kind}>{kind}</option>}
          {kinds.map((one) => (
            <option key={one.kind} value={one.kind}>
              {one.name}
            </option>
          ))}
        </select>
        {Form && isObject(body) ? (
          <Form value={body} onChange={(next) => onChange(close(kind, next, negated))} />
        ) : (
          <JsonInput label={`${kind} as JSON`} value={body} onChange={(next) => onChange(close(kind, next, negated))} />
        )}
        <Remove what="condition" onClick={onRemove} />
      </div>
      <About value={subjectBelow(kind, subject)}>
        {isObject(body) && BELOW[kind]?.({ value: body, onChange: (next) => onChange(close(kind, next, negated)) })}
      </About>
    </div>
  )
}

function Negation({
  negated,
  hidden = false,
  onChange,
}: {
  negated: boolean
  hidden?: boolean
  onChange(negated: boolean): void
}) {
  if (hidden) return null
  return (
    <button
      type="button"
      className={`button small negation${negated ? ' on' : ''}`}
      aria-pressed={negated}
      title="Turn round"
      onClick={() => onChange(!negated)}
    >
      {negated ? 'must not' : 'must'}
    </button>
  )
}

function Remove({ what, onClick }: { what: string; onClick(): void }) {
  return (
    <button
      type="button"
      className="button ghost icon small remove"
      aria-label={`Remove the ${what}`}
      onClick={onClick}
    >
      <Icon name="close" size={14} />
    </button>
  )
}

/* the line of each kind */

type Form = (editor: Editor<Fields>) => ReactNode

const FORMS: Record<string, Form> = {
  event: (editor) => <EventLine {...editor} />,
  field: (editor) => <FieldLine {...editor} />,
  identifier: ({ value, onChange }) => (
    <ConditionRow value={value} onChange={onChange} subject="type" suggest="identifiers" />
  ),
  label: (editor) => <LabelLine {...editor} />,
  segment: (editor) => <SegmentLine {...editor} />,
  list: ({ value, onChange }) => (
    <TextInput label="List" suggest="lists" value={value.key} onChange={(key) => onChange({ key })} />
  ),
  record: (editor) => <RecordLine {...editor} />,
  followedBy: (editor) => <FollowedByLine {...editor} />,
  sequence: ({ value, onChange }) => (
    <>
      <span className="rule-word">in order, within</span>
      <DurationInput
        label="Within"
        optional
        value={value.within}
        onChange={(within) => onChange(withField(value, 'within', within))}
      />
    </>
  ),
  firstEvent: (editor) => <EdgeLine {...editor} />,
  lastEvent: (editor) => <EdgeLine {...editor} />,
  held: ({ value, onChange }) => (
    <>
      <select
        className="input small"
        aria-label="At least or less"
        value={typeof value.op === 'string' ? value.op : 'gte'}
        onChange={(event) =>
          onChange(withField(value, 'op', event.target.value === 'gte' ? undefined : event.target.value))
        }
      >
        <option value="gte">for at least</option>
        <option value="lt">for less than</option>
      </select>
      <DurationInput label="For" value={value.for} onChange={(length) => onChange(withField(value, 'for', length))} />
    </>
  ),
  account: () => <span className="rule-word">with</span>,
  parent: () => <span className="rule-word">with</span>,
  people: (editor) => <HowMany {...editor} noun="people" />,
  children: (editor) => <HowMany {...editor} noun="accounts" />,
  consent: ({ value, onChange }) => (
    <>
      <TextInput label="Purpose" value={value.purpose} onChange={(purpose) => onChange({ ...value, purpose })} />
      <span className="rule-word">by</span>
      <TextInput label="Channel" value={value.channel} onChange={(channel) => onChange({ ...value, channel })} />
      <select
        className="input small"
        aria-label="State"
        value={typeof value.is === 'string' ? value.is : 'granted'}
        onChange={(event) => onChange({ ...value, is: event.target.value })}
      >
        {['granted', 'denied', 'unknown'].map((state) => (
          <option key={state}>{state}</option>
        ))}
      </select>
    </>
  ),
  random: ({ value, onChange }) => (
    <>
      <NumberInput label="Per cent" value={value.percent} onChange={(percent) => onChange({ ...value, percent })} />
      <span className="rule-word">% drawn with</span>
      <TextInput label="Salt" value={value.salt} onChange={(salt) => onChange({ ...value, salt })} />
    </>
  ),
}

/** What some kinds have below their line. */
const BELOW: Record<string, Form> = {
  event: (editor) => (
    <>
      <WhereList {...editor} name="where" suggest="properties" />
      {editor.value.aggregate === undefined && <Sharing {...editor} suggest="properties" />}
    </>
  ),
  record: (editor) => {
    const suggest = `fields-${String(editor.value.kind)}` as const
    return (
      <>
        <WhereList {...editor} name="where" suggest={suggest} />
        {editor.value.aggregate === undefined && <Sharing {...editor} suggest={suggest} />}
      </>
    )
  },
  firstEvent: ({ value, onChange }) => <WhereList value={value} onChange={onChange} name="is" suggest="properties" />,
  lastEvent: ({ value, onChange }) => <WhereList value={value} onChange={onChange} name="is" suggest="properties" />,
  sequence: (editor) => (
    <>
      <Steps {...editor} />
      <Sharing {...editor} suggest="properties" />
      <Flag {...editor} name="strict" text="no other event in between" />
    </>
  ),
  followedBy: ({ value, onChange }) => (
    <div className="rule-pair">
      {(['first', 'then'] as const).map((name) => {
        const one = value[name]
        return isObject(one) ? (
          <WhereList
            key={name}
            value={one}
            onChange={(next) => onChange({ ...value, [name]: next })}
            name="where"
            suggest="properties"
            lead={name === 'first' ? 'the first one' : 'the one after'}
          />
        ) : null
      })}
      <Sharing value={value} onChange={onChange} suggest="properties" />
      {value.absent === true ? (
        <Flag value={value} onChange={onChange} name="sticky" text="also when it comes later" />
      ) : null}
      <Flag value={value} onChange={onChange} name="any" text="each first one, not only the latest" />
    </div>
  ),
  held: ({ value, onChange }) => <Inner value={value.rule} onChange={(rule) => onChange({ ...value, rule })} />,
  account: ({ value, onChange }) => <Inner value={value} onChange={onChange} />,
  parent: ({ value, onChange }) => <Inner value={value} onChange={onChange} />,
  people: ({ value, onChange }) => <Inner value={value.rule} onChange={(rule) => onChange({ ...value, rule })} />,
  children: ({ value, onChange }) => <Inner value={value.rule} onChange={(rule) => onChange({ ...value, rule })} />,
}

const SHARE = { name: '% of its people', of: 100 }

/** At least so many; of people also at least so large a share. What else a count may say stays as JSON. */
function HowMany({ value, onChange, noun }: Editor<Fields> & { noun: 'people' | 'accounts' }) {
  const isShare = value.share !== undefined
  const comparison = isShare ? value.share : (value.count ?? { gte: 1 })
  const set = (share: boolean, least: number) => {
    const { share: _, count: __, ...rest } = value
    onChange(share ? { ...rest, share: { gte: least / SHARE.of } } : { ...rest, count: { gte: least } })
  }
  if (!isObject(comparison) || typeof comparison.gte !== 'number' || Object.keys(comparison).length > 1) {
    const name = isShare ? 'share' : 'count'
    return (
      <JsonInput
        label={`${name} as JSON`}
        value={comparison ?? null}
        onChange={(next) => onChange({ ...value, [name]: next })}
      />
    )
  }
  const least = isShare ? Math.round(comparison.gte * SHARE.of) : comparison.gte
  return (
    <>
      <span className="rule-word">at least</span>
      <NumberInput label="How many" value={least} onChange={(next) => set(isShare, next)} />
      {noun === 'accounts' ? (
        <span className="rule-word">accounts with</span>
      ) : (
        <select
          className="input small"
          aria-label="Number or share"
          value={isShare ? 'share' : 'count'}
          onChange={(event) => set(event.target.value === 'share', least)}
        >
          <option value="count">people who</option>
          <option value="share">{SHARE.name} who</option>
        </select>
      )}
    </>
  )
}

function FieldLine({ value, onChange }: Editor<Fields>) {
  const suggest = useContext(About) === 'ACCOUNT' ? 'fields-account' : 'fields-profile'
  return <ConditionRow value={value} onChange={onChange} subject="path" suggest={suggest} />
}

function LabelLine({ value, onChange }: Editor<Fields>) {
  const suggest = `labels-${useContext(About)}` as const
  return <ConditionRow value={value} onChange={onChange} subject="key" suggest={suggest} />
}

function SegmentLine({ value, onChange }: Editor<Fields>) {
  const suggest = `segments-${useContext(About)}` as const
  return <TextInput label="Segment" suggest={suggest} value={value.key} onChange={(key) => onChange({ key })} />
}

function EventLine({ value, onChange }: Editor<Fields>) {
  return (
    <>
      <NameInput value={value.name} onChange={(name) => onChange({ ...value, name })} />
      <Amount value={value} onChange={onChange} suggest="properties" />
      <Span value={value} onChange={onChange} />
    </>
  )
}

function RecordLine({ value, onChange }: Editor<Fields>) {
  return (
    <>
      <RecordKind value={value.kind} subject={useContext(About)} onChange={(kind) => onChange({ ...value, kind })} />
      <Amount value={value} onChange={onChange} suggest={`fields-${String(value.kind)}`} />
      <Span value={value} onChange={onChange} />
    </>
  )
}

function FollowedByLine({ value, onChange }: Editor<Fields>) {
  const { first, then } = value
  if (!isObject(first) || !isObject(then))
    return <JsonInput label="followedBy as JSON" value={value} onChange={(next) => onChange(next as Fields)} />
  return (
    <>
      <NameInput value={first.name} onChange={(name) => onChange({ ...value, first: { ...first, name } })} />
      <select
        className="input small"
        aria-label="And then, or not"
        value={value.absent === true ? 'absent' : 'then'}
        onChange={(event) => onChange(withField(value, 'absent', event.target.value === 'absent' ? true : undefined))}
      >
        <option value="then">and then</option>
        <option value="absent">and no</option>
      </select>
      <NameInput value={then.name} onChange={(name) => onChange({ ...value, then: { ...then, name } })} />
      <span className="rule-word">within</span>
      <DurationInput
        label="Within"
        value={value.within}
        onChange={(within) => onChange(withField(value, 'within', within))}
      />
    </>
  )
}

function EdgeLine({ value, onChange }: Editor<Fields>) {
  const age = isObject(value.age) ? value.age : {}
  const [operator = 'none', length = 'P7D'] = Object.entries(age)[0] ?? []
  return (
    <>
      <NameInput value={value.name} onChange={(name) => onChange({ ...value, name })} />
      <select
        className="input small"
        aria-label="How long ago"
        value={operator}
        onChange={(event) =>
          onChange(
            withField(value, 'age', event.target.value === 'none' ? undefined : { [event.target.value]: length }),
          )
        }
      >
        <option value="none">at any time</option>
        <option value="lte">at most ... ago</option>
        <option value="lt">less than ... ago</option>
        <option value="gte">at least ... ago</option>
        <option value="gt">more than ... ago</option>
      </select>
      {operator !== 'none' && (
        <DurationInput
          label="Age"
          value={length}
          onChange={(next) => onChange({ ...value, age: { [operator]: next ?? 'P7D' } })}
        />
      )}
    </>
  )
}

/** An event's name; several are written with commas. */
function NameInput({ value, onChange }: { value: Json | undefined; onChange(value: Json): void }) {
  const shown = Array.isArray(value) ? value.join(', ') : value
  return (
    <TextInput
      label="Event"
      suggest="events"
      value={shown}
      onChange={(text) => {
        const names = text.split(',').map((name) => name.trim())
        onChange(names.length > 1 && names.every(Boolean) ? names : text)
      }}
    />
  )
}

const COUNT_OPERATORS = [
  ['gte', 'at least'],
  ['eq', 'exactly'],
  ['lte', 'at most'],
  ['gt', 'more than'],
  ['lt', 'less than'],
] as const
const AGGREGATES = ['sum', 'avg', 'min', 'max', 'distinct'] as const

/** How often, or the sum (average, ...) of a property. */
function Amount({ value, onChange, suggest }: Editor<Fields> & { suggest: SuggestionList }) {
  const aggregate = isObject(value.aggregate) ? value.aggregate : undefined
  const of = aggregate && AGGREGATES.find((name) => name in aggregate)
  const counts = aggregate ?? (isObject(value.count) ? value.count : { gte: 1 })
  const [operator, amount] = COUNT_OPERATORS.map(([key]) => [key, counts[key]] as const).find(
    ([, n]) => n !== undefined,
  ) ?? ['gte', 1]

  function set(next: { of?: string; path?: Json; operator?: string; amount?: Json }) {
    const how = next.of ?? of ?? 'count'
    const comparison = { [next.operator ?? operator]: next.amount ?? amount ?? 1 }
    const rest = withField(withField(value, 'count', undefined), 'aggregate', undefined)
    if (how === 'count') onChange({ ...rest, count: comparison })
    else
      onChange({
        ...withField(rest, 'by', undefined),
        aggregate: { [how]: next.path ?? (of && aggregate[of]) ?? '', ...comparison },
      })
  }

  return (
    <>
      <select
        className="input small"
        aria-label="Count, or"
        value={of ?? 'count'}
        onChange={(event) => set({ of: event.target.value })}
      >
        <option value="count">count</option>
        {AGGREGATES.map((name) => (
          <option key={name} value={name}>
            {name} of
          </option>
        ))}
      </select>
      {of && <TextInput label="Property" suggest={suggest} value={aggregate[of]} onChange={(path) => set({ path })} />}
      <select
        className="input small"
        aria-label="Comparison"
        value={operator}
        onChange={(event) => set({ operator: event.target.value })}
      >
        {COUNT_OPERATORS.map(([key, name]) => (
          <option key={key} value={key}>
            {name}
          </option>
        ))}
      </select>
      <NumberInput label="Number" value={amount ?? 1} onChange={(next) => set({ amount: next })} />
    </>
  )
}

const CALENDAR = ['day', 'week', 'month', 'quarter', 'year']

/** In which time: ever, rolling, or a calendar unit. An absolute one is shown as it is. */
function Span({ value, onChange }: Editor<Fields>) {
  const { within, between } = value
  const calendar = isObject(within)
    ? `${Number(within.ago ?? 0) === 0 ? 'this' : 'last'} ${String(within.calendar)}`
    : undefined
  const current = between !== undefined ? 'between' : (calendar ?? (within === undefined ? 'ever' : 'rolling'))

  function set(choice: string) {
    const rest = withField(withField(value, 'between', undefined), 'within', undefined)
    const [which, unit] = choice.split(' ')
    if (choice === 'rolling') onChange({ ...rest, within: 'P7D' })
    else if (choice === 'between') onChange({ ...rest, between: { from: `${new Date().getFullYear()}-01-01` } })
    else if (unit) onChange({ ...rest, within: which === 'this' ? { calendar: unit } : { calendar: unit, ago: 1 } })
    else onChange(rest)
  }

  return (
    <>
      <select
        className="input small"
        aria-label="In which time"
        value={current}
        onChange={(event) => set(event.target.value)}
      >
        <option value="ever">ever</option>
        <option value="rolling">within the last</option>
        {CALENDAR.flatMap((unit) => [`this ${unit}`, `last ${unit}`]).map((name) => (
          <option key={name}>{name}</option>
        ))}
        {calendar && !CALENDAR.includes(calendar.split(' ')[1]!) && <option>{calendar}</option>}
        <option value="between">between</option>
      </select>
      {current === 'rolling' && (
        <DurationInput label="Within" value={within} onChange={(next) => onChange(withField(value, 'within', next))} />
      )}
      {isObject(between) &&
        (['from', 'to'] as const).map((end) => (
          <TextInput
            key={end}
            label={end === 'from' ? 'From' : 'Until'}
            placeholder={end === 'from' ? 'from 2026-01-01' : 'until'}
            value={between[end]}
            onChange={(text) => onChange({ ...value, between: withField(between, end, text || undefined) })}
          />
        ))}
    </>
  )
}

type WhereProps = Editor<Fields> & { name: 'where' | 'is'; suggest: SuggestionList; lead?: string }

/** Conditions on the properties of the event, or the fields of the record. */
export function WhereList({ value, onChange, name, suggest, lead }: WhereProps) {
  const list = whereList(value[name])
  if (!list) {
    return (
      <JsonInput
        label={`${name} as JSON`}
        value={value[name]!}
        onChange={(next) => onChange({ ...value, [name]: next })}
      />
    )
  }
  const set = (next: Fields[]) => onChange(withField(value, name, next.length > 0 ? next : undefined))
  return (
    <div className="rule-where">
      {list.map((one, index) => (
        // oxlint-disable-next-line react/no-array-index-key
        <div className="rule-head" key={index}>
          <span className="rule-word">{index === 0 ? `${lead ? `${lead} ` : ''}with` : 'and'}</span>
          <ConditionRow value={one} onChange={(next) => set(list.with(index, next))} subject="path" suggest={suggest} />
          <Remove what="condition" onClick={() => set(list.toSpliced(index, 1))} />
        </div>
      ))}
      <button type="button" className="button ghost small" onClick={() => set([...list, { path: '', eq: '' }])}>
        <Icon name="plus" size={14} /> {list.length === 0 && lead ? `${lead} with a property` : 'With a property'}
      </button>
    </div>
  )
}

/** That all of them carry one value: the views of one product, the steps of one session. */
function Sharing({ value, onChange, suggest }: Editor<Fields> & { suggest: SuggestionList }) {
  const { by } = value
  return (
    <div className="rule-where">
      {by === undefined ? (
        <button type="button" className="button ghost small" onClick={() => onChange({ ...value, by: '' })}>
          <Icon name="plus" size={14} /> All of one
        </button>
      ) : (
        <div className="rule-head">
          <span className="rule-word">all of one</span>
          <TextInput
            label="Property they share"
            suggest={suggest}
            value={by}
            onChange={(path) => onChange({ ...value, by: path })}
          />
          <Remove what="shared property" onClick={() => onChange(withField(value, 'by', undefined))} />
        </div>
      )}
    </div>
  )
}

function Flag({ value, onChange, name, text }: Editor<Fields> & { name: string; text: string }) {
  return (
    <label className="rule-flag">
      <input
        type="checkbox"
        checked={value[name] === true}
        onChange={(event) => onChange(withField(value, name, event.target.checked || undefined))}
      />
      {text}
    </label>
  )
}

function Steps({ value, onChange }: Editor<Fields>) {
  const steps = Array.isArray(value.steps) ? value.steps : []
  const set = (next: Json[]) => onChange({ ...value, steps: next })
  return (
    <ol className="rule-steps">
      {steps.map((step, index) =>
        isObject(step) ? (
          // oxlint-disable-next-line react/no-array-index-key
          <li key={index}>
            <div className="rule-head">
              <span className="rule-word number">{index + 1}.</span>
              <NameInput value={step.name} onChange={(name) => set(steps.with(index, { ...step, name }))} />
              {steps.length > 2 && <Remove what="step" onClick={() => set(steps.toSpliced(index, 1))} />}
            </div>
            <WhereList
              value={step}
              onChange={(next) => set(steps.with(index, next))}
              name="where"
              suggest="properties"
            />
          </li>
        ) : null,
      )}
      <li>
        <button type="button" className="button ghost small" onClick={() => set([...steps, { name: '' }])}>
          <Icon name="plus" size={14} /> Step
        </button>
      </li>
    </ol>
  )
}

/** A rule inside a node: one condition, or a group. */
function Inner({ value, onChange }: { value: Json | undefined; onChange(value: Fields): void }) {
  if (!isObject(value)) return null
  return (
    <div className="rule-inner">
      <Node value={value} onChange={onChange} onRemove={() => onChange({ all: [] })} />
    </div>
  )
}

/** The lists that text fields suggest from; one for the whole page. */
export function Suggestions() {
  const { lists } = useSuggestions()
  return (
    <>
      {lists.map(([name, values]) => (
        <datalist key={name} id={`suggest-${name}`}>
          {values.map((value) => (
            <option key={value} value={value} />
          ))}
        </datalist>
      ))}
    </>
  )
}

type RawProps = { value: Rule; onChange(value: Rule): void }

/** The rule as JSON. Applied as soon as it can be read. */
export function RawRule({ value, onChange }: RawProps) {
  const id = useId()
  const [text, setText] = useState(() => JSON.stringify(value, null, 2))
  const [problem, setProblem] = useState<string>()

  function edit(next: string) {
    setText(next)
    try {
      const parsed: unknown = JSON.parse(next)
      if (!isObject(parsed)) throw new SyntaxError('A rule is an object with one key.')
      setProblem(undefined)
      onChange(parsed)
    } catch (error) {
      setProblem((error as Error).message)
    }
  }

  return (
    <div className="field">
      <label className="visually-hidden" htmlFor={id}>
        The rule as JSON
      </label>
      <textarea
        id={id}
        className="code"
        rows={Math.min(24, Math.max(8, text.split('\n').length + 1))}
        spellCheck={false}
        value={text}
        aria-invalid={problem !== undefined}
        onChange={(event) => edit(event.target.value)}
      />
      {problem && <span className="hint">{problem}</span>}
    </div>
  )
}
