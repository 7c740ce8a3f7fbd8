/** The properties of a behavior, row by row; those of an object, or of the objects in a list, are rows below it. */
import './behavior.css'
import { Icon } from '../../ui/icons.tsx'
import { listOf } from '../../ui/list.ts'
import { type Property, type Shape, type Type, TYPES } from './model.ts'

type Props = { properties: Property[]; label: string; onChange(properties: Property[]): void }

export function Properties({ properties, label, onChange }: Props) {
  const change = (at: number, next: Property) => onChange(properties.with(at, next))
  return (
    <fieldset className="properties">
      <legend className="visually-hidden">{label}</legend>
      {properties.map((property, at) => (
        <Row
          key={at}
          property={property}
          onChange={(next) => change(at, next)}
          onRemove={() => onChange(properties.toSpliced(at, 1))}
        />
      ))}
      <div>
        <button
          type="button"
          className="button small"
          onClick={() => onChange([...properties, { key: '', type: 'text' }])}
        >
          <Icon name="plus" size={14} /> Property<span className="visually-hidden"> of {label}</span>
        </button>
      </div>
    </fieldset>
  )
}

type RowProps = { property: Property; onChange(next: Property): void; onRemove(): void }

function Row({ property, onChange, onRemove }: RowProps) {
  const { key, required = false } = property
  const name = key || 'new property'
  return (
    <div className="property">
      <div className="row wrap">
        <input
          className="input mono key"
          required
          aria-label="Key"
          placeholder="key"
          value={key}
          onChange={(event) => onChange({ ...property, key: event.target.value })}
        />
        <ShapeFields shape={property} name={name} onChange={(shape) => onChange({ ...property, ...shape })} />
        <label className="row">
          <input
            type="checkbox"
            checked={required}
            onChange={(event) => onChange({ ...property, required: event.target.checked })}
          />{' '}
          required
        </label>
        <button type="button" className="button ghost icon small" aria-label={`Remove ${name}`} onClick={onRemove}>
          <Icon name="close" size={14} />
        </button>
      </div>
      <Inner shape={property} name={name} onChange={(shape) => onChange({ ...property, ...shape })} />
    </div>
  )
}

type ShapeProps = { shape: Shape; name: string; onChange(shape: Shape): void }

function ShapeFields({ shape, name, onChange }: ShapeProps) {
  const { type, items } = shape
  return (
    <>
      <Types label={`Type of ${name}`} value={type} onChange={(type) => onChange(fresh(type!))} />
      {type === 'choice' && <Choices shape={shape} name={name} onChange={onChange} />}
      {type === 'list' && (
        <>
          <span className="muted">of</span>
          <Types
            label={`What ${name} is a list of`}
            orAnything
            value={items?.type}
            onChange={(type) => onChange({ type: 'list', items: type && fresh(type) })}
          />
          {items?.type === 'choice' && (
            <Choices shape={items} name={name} onChange={(items) => onChange({ type: 'list', items })} />
          )}
        </>
      )}
    </>
  )
}

function Choices({ shape, name, onChange }: ShapeProps) {
  return (
    <input
      className="input choices"
      required
      aria-label={`Choices of ${name}`}
      placeholder="a, b, c"
      defaultValue={shape.choices?.join(', ')}
      onChange={(event) => onChange({ ...shape, choices: listOf(event.target.value) })}
    />
  )
}

function Inner({ shape, name, onChange }: ShapeProps) {
  const { type, items, properties = [] } = shape
  if (type === 'object')
    return <Properties label={name} properties={properties} onChange={(properties) => onChange({ type, properties })} />
  if (type !== 'list' || items?.type !== 'object') return null
  return (
    <Properties
      label={name}
      properties={items.properties ?? []}
      onChange={(properties) => onChange({ type, items: { type: 'object', properties } })}
    />
  )
}

type TypesProps = {
  label: string
  value: Type | undefined
  /** Without a value: anything. */
  orAnything?: boolean
  onChange(type: Type | undefined): void
}

function Types({ label, value, orAnything = false, onChange }: TypesProps) {
  return (
    <select
      className="input"
      aria-label={label}
      value={value ?? 'anything'}
      onChange={(event) => onChange(TYPES.find((type) => type === event.target.value))}
    >
      {orAnything && <option>anything</option>}
      {TYPES.map((type) => (
        <option key={type}>{type}</option>
      ))}
    </select>
  )
}

/** What the type before had of its own goes. */
const fresh = (type: Type): Shape => ({ type, choices: undefined, items: undefined, properties: undefined })
