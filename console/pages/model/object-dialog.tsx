import { useState } from 'react'
import { refresh } from '../../client/query.ts'
import { request } from '../../client/request.ts'
import { useSave } from '../../definitions/save.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { Check, Failure, Field as Labelled } from '../../ui/parts.tsx'
import { toast } from '../../ui/toast.tsx'
import { CreateObject } from './model.graphql.ts'

type Props = { open: boolean; onClose(): void; objects: { key: string; name: string }[] }

export function ObjectDialog(props: Props) {
  return props.open ? <NewObject {...props} /> : null
}

/** 'Insurance policy' -> insurancePolicy. */
function camelCase(name: string): string {
  const [first = '', ...rest] = name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .split(/[^A-Za-z0-9]+/)
    .filter(Boolean)
  return first.toLowerCase() + rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase()).join('')
}

const pluralOf = (key: string) => (key === '' ? '' : /[^aeiou]y$/.test(key) ? key.replace(/y$/, 'ies') : `${key}s`)

function NewObject({ onClose, objects }: Props) {
  const [name, setName] = useState('')
  const [given, setGiven] = useState<{ key?: string; plural?: string }>({})
  const [description, setDescription] = useState('')
  const [person, setPerson] = useState(true)
  const [account, setAccount] = useState(false)
  const [parent, setParent] = useState('')
  const { error, busy, run } = useSave()
  const key = given.key ?? camelCase(name)
  const plural = given.plural ?? pluralOf(key)
  const save = () =>
    run(async () => {
      const input = { key, plural, name: name.trim(), description: description.trim() || null, person, account }
      await request(CreateObject, { input: { ...input, parent: parent || null } })
      toast(`${name} is saved.`)
      await refresh()
      onClose()
    })
  return (
    <Dialog
      title="New object"
      open
      onClose={onClose}
      foot={
        <button
          type="button"
          className="button primary"
          disabled={busy || name.trim() === ''}
          onClick={() => void save()}
        >
          Save
        </button>
      }
    >
      <div className="stack tight">
        {error && <Failure error={error} />}
        <Labelled name="Name">
          <input className="input" value={name} onChange={(event) => setName(event.target.value)} />
        </Labelled>
        <Labelled name="Key" hint="In camelCase; what rules and the schema call it. Cannot be changed.">
          <input className="input" value={key} onChange={(event) => setGiven({ ...given, key: event.target.value })} />
        </Labelled>
        <Labelled name="Plural" hint="The name of its lists.">
          <input
            className="input"
            value={plural}
            onChange={(event) => setGiven({ ...given, plural: event.target.value })}
          />
        </Labelled>
        <Labelled name="Description">
          <input className="input" value={description} onChange={(event) => setDescription(event.target.value)} />
        </Labelled>
        <Check name="About people" checked={person} set={setPerson} />
        <Check name="About accounts" checked={account} set={setAccount} />
        <Labelled name="Belongs to">
          <select className="input" value={parent} onChange={(event) => setParent(event.target.value)}>
            <option value="">No other object</option>
            {objects.map((object) => (
              <option key={object.key} value={object.key}>
                {object.name}
              </option>
            ))}
          </select>
        </Labelled>
      </div>
    </Dialog>
  )
}
