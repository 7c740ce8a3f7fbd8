import { useState } from 'react'
import { refresh, useQuery } from '../../client/query.ts'
import { request } from '../../client/request.ts'
import { useMayChange } from '../../client/viewer.ts'
import { useSave } from '../../definitions/save.ts'
import { Confirm } from '../../ui/dialog.tsx'
import { inline, plural, words } from '../../ui/format.ts'
import { Icon } from '../../ui/icons.tsx'
import { Card, Failure, Ready } from '../../ui/parts.tsx'
import { toast } from '../../ui/toast.tsx'
import { FieldDialog } from './field-dialog.tsx'
import type { Field } from './violations.tsx'
import { DeleteField, DeleteObject, Model, type ModelResult, RecordCounts } from './model.graphql.ts'
import { ObjectDialog } from './object-dialog.tsx'

type CustomObject = ModelResult['objects']['nodes'][number]

const POLL_MS = 3000
/** Counting reads every record. */
const COUNT_MS = 30_000
/** What everybody has. */
const STANDARD = [
  'PROFILE',
  'ACCOUNT',
  'CONTACT',
  'LEAD',
  'OPPORTUNITY',
  'ORDER',
  'CONTRACT',
  'MEMBERSHIP',
  'TICKET',
  'ACTIVITY',
]

/** As the schema names an object among the values of FieldObject. */
const enumName = (key: string) => key.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()

export function Objects() {
  const model = useQuery(Model, {}, { every: POLL_MS })
  const counts = useQuery(RecordCounts, {}, { every: COUNT_MS })
  const mayChange = useMayChange('model')
  const [making, setMaking] = useState(false)
  return (
    <Ready query={model}>
      {({ objects, fields }) => {
        const counted = new Map(counts.data?.objects.nodes.map(({ id, records }) => [id, records.totalCount]))
        const of = (object: string) => fields.nodes.filter((field) => (field.object as string) === object)
        return (
          <div className="stack">
            <div className="row between wrap">
              <p className="soft">
                {plural(objects.nodes.length, 'object')} of your own, {plural(fields.nodes.length, 'field')}.
              </p>
              {mayChange && (
                <button type="button" className="button primary" onClick={() => setMaking(true)}>
                  <Icon name="plus" size={16} /> New object
                </button>
              )}
            </div>
            {objects.nodes.map((object) => (
              <FieldsOf
                key={object.id}
                name={object.name}
                object={enumName(object.key)}
                fields={of(enumName(object.key))}
                custom={object}
                records={counted.get(object.id)}
              />
            ))}
            {STANDARD.map((object) => (
              <FieldsOf
                key={object}
                name={object === 'PROFILE' ? 'People' : words(object.toLowerCase())}
                object={object}
                fields={of(object)}
              />
            ))}
            <ObjectDialog open={making} onClose={() => setMaking(false)} objects={objects.nodes} />
          </div>
        )
      }}
    </Ready>
  )
}

type Props = { name: string; object: string; fields: Field[]; custom?: CustomObject; records?: number }

function FieldsOf({ name, object, fields, custom, records }: Props) {
  const mayChange = useMayChange('model')
  const [editing, setEditing] = useState<Field | 'new'>()
  const [going, setGoing] = useState(false)
  const { error, run } = useSave()
  if (!custom && fields.length === 0 && !mayChange) return null
  return (
    <Card
      title={name}
      flush
      actions={
        mayChange && (
          <span className="row">
            <button type="button" className="button small" onClick={() => setEditing('new')}>
              <Icon name="plus" size={14} /> Field<span className="visually-hidden"> of {name}</span>
            </button>
            {custom && (
              <button type="button" className="button small danger" onClick={() => setGoing(true)}>
                Delete<span className="visually-hidden"> {name}</span>
              </button>
            )}
          </span>
        )
      }
    >
      {error && <Failure error={error} />}
      {custom && (
        <p className="body soft" style={{ padding: '10px 16px 0' }}>
          <code>{custom.key}</code>, <code>{custom.plural}</code>. {custom.description} About {aboutOf(custom)}.{' '}
          {records !== undefined && `${plural(records, 'record')}.`}
        </p>
      )}
      {fields.length === 0 ? (
        <p className="muted" style={{ padding: '10px 16px' }}>
          No field yet.
        </p>
      ) : (
        <FieldTable fields={fields} edit={mayChange ? setEditing : undefined} />
      )}
      {editing && (
        <FieldDialog
          object={object}
          name={name}
          field={editing === 'new' ? undefined : editing}
          onClose={() => setEditing(undefined)}
        />
      )}
      {custom && (
        <Confirm
          title={`Delete ${custom.name}?`}
          open={going}
          onClose={() => setGoing(false)}
          action="Delete"
          onConfirm={() =>
            void run(async () => {
              await request(DeleteObject, { id: custom.id })
              toast(`${custom.name} is deleted.`)
              await refresh()
            })
          }
        >
          <p>Its fields go with it. It is refused while the object has records, or a rule asks for it.</p>
        </Confirm>
      )}
    </Card>
  )
}

function aboutOf({ person, account, parent }: CustomObject): string {
  return [person && 'people', account && 'accounts', parent && `records of ${parent}`].filter(Boolean).join(', ')
}

function FieldTable({ fields, edit }: { fields: Field[]; edit?: (field: Field) => void }) {
  return (
    <div className="table-wrap">
      <table>
        <thead>
          <tr>
            <th>Field</th>
            <th>Type</th>
            <th className="wide-only">Attributes</th>
            {edit && (
              <th className="right">
                <span className="visually-hidden">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {fields.map((field) => (
            <tr key={field.id}>
              <td className="described">
                <b>{field.key}</b>
                {field.description && <p className="muted">{field.description}</p>}
              </td>
              <td title={field.choices?.join(', ')}>{words(field.type.toLowerCase())}</td>
              <td className="wide-only">
                <Attributes field={field} />
              </td>
              {edit && (
                <td className="right">
                  <Actions field={field} edit={edit} />
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Attributes({ field }: { field: Field }) {
  const { required, unique, indexed, personal, retentionDays, index } = field
  const names = [
    required && 'required',
    unique && 'unique',
    indexed && 'indexed',
    field.default != null && `default ${inline(field.default)}`,
    personal !== 'NONE' && personal.toLowerCase(),
    retentionDays != null && `kept ${plural(retentionDays, 'day')}`,
  ].filter((name) => typeof name === 'string')
  return (
    <span className="pills">
      {names.map((name) => (
        <span key={name} className="pill">
          {name}
        </span>
      ))}
      {index && index.state !== 'READY' && (
        <span className={`pill ${index.state === 'FAILED' ? 'bad' : 'info'}`} title={index.error ?? undefined}>
          {index.state === 'FAILED' ? 'index failed' : `index ${index.progress} %`}
        </span>
      )}
    </span>
  )
}

function Actions({ field, edit }: { field: Field; edit: (field: Field) => void }) {
  const [going, setGoing] = useState(false)
  const { error, run } = useSave()
  return (
    <span className="row end">
      {error && <span className="pill bad">{error.message}</span>}
      <button type="button" className="button small" onClick={() => edit(field)}>
        Edit<span className="visually-hidden"> {field.key}</span>
      </button>
      <button type="button" className="button small" onClick={() => setGoing(true)}>
        Delete<span className="visually-hidden"> {field.key}</span>
      </button>
      <Confirm
        title={`Delete the field ${field.key}?`}
        open={going}
        onClose={() => setGoing(false)}
        action="Delete"
        onConfirm={() =>
          void run(async () => {
            await request(DeleteField, { id: field.id })
            toast(`${field.key} is deleted.`)
            await refresh()
          })
        }
      >
        <p>What is stored under its key stays, and is there again when the field is.</p>
      </Confirm>
    </span>
  )
}
