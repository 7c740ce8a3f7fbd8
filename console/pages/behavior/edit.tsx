import { type FormEvent, useState } from 'react'
import { refresh, useQuery } from '../../client/query.ts'
import { request } from '../../client/request.ts'
import { navigate, usePlace } from '../../client/router.ts'
import { useMayChange } from '../../client/viewer.ts'
import type { BehaviorMode } from '../../client/schema.ts'
import { useSave } from '../../definitions/save.ts'
import { Confirm } from '../../ui/dialog.tsx'
import { Card, Empty, Failure, Field, Link, Note, Page, Ready } from '../../ui/parts.tsx'
import { attempt, toast } from '../../ui/toast.tsx'
import type { Parameters } from '../places.ts'
import { Behavior, BehaviorSuggestions, CreateBehavior, DeleteBehavior, UpdateBehavior } from './behavior.graphql.ts'
import { BehaviorDaysCard } from './days.tsx'
import { DryRun } from './dry-run.tsx'
import { type Draft, draftOf, EMPTY, inputOf, type Property } from './model.ts'
import { Properties } from './properties.tsx'

const LIST = '/data?tab=behaviors'
const crumbs = <Link to={LIST}>Behaviors</Link>

export default function EditBehavior({ parameters: { id } }: { parameters: Parameters }) {
  return id === 'new' ? <NewBehavior /> : <KnownBehavior id={id!} />
}

/** `?like=<name>`: begins as the latest events of that name are. */
function NewBehavior() {
  const like = usePlace().search.get('like')
  const suggestions = useQuery(BehaviorSuggestions, {}, { skip: like === null })
  const page = (draft: Draft) => (
    <Page title="New behavior" name="New behavior" crumbs={crumbs} lead="What one kind of event is.">
      <Editor known={draft} />
    </Page>
  )
  if (like === null) return page(EMPTY)
  return (
    <Ready query={suggestions}>
      {({ suggestBehaviors }) => {
        const found = suggestBehaviors.find(({ name }) => name === like)
        return page({ ...EMPTY, name: like, properties: (found?.schema ?? []) as Property[] })
      }}
    </Ready>
  )
}

function KnownBehavior({ id }: { id: string }) {
  const query = useQuery(Behavior, { id })
  return (
    <Ready query={query}>
      {({ behavior }) =>
        behavior ? (
          <Page title={behavior.name} name={behavior.name} crumbs={crumbs} lead={behavior.description}>
            <BehaviorDaysCard name={behavior.name} />
            <Editor key={behavior.updatedAt} id={id} known={draftOf(behavior)} />
          </Page>
        ) : (
          <Page title="There is no such behavior" name="Not found" crumbs={crumbs}>
            <Empty title="It may have been deleted" />
          </Page>
        )
      }
    </Ready>
  )
}

const MODES: Record<BehaviorMode, string> = {
  STRICT: 'Strict: what is not so becomes a dead letter',
  LENIENT: 'Lenient: stored, and counted',
  OFF: 'Off: nobody looks',
}

type Text = Exclude<keyof Draft, 'properties' | 'mode'>

function Editor({ id, known }: { id?: string; known: Draft }) {
  const mayChange = useMayChange('model')
  const [draft, setDraft] = useState(known)
  const [deleting, setDeleting] = useState(false)
  const { error, busy, run } = useSave()
  const set = (change: Partial<Draft>) => setDraft((draft) => ({ ...draft, ...change }))
  const text = (name: Text) => ({
    className: 'input',
    value: draft[name],
    onChange: (event: { target: { value: string } }) => set({ [name]: event.target.value }),
  })

  function save(event: FormEvent) {
    event.preventDefault()
    void run(async () => {
      const input = inputOf(draft)
      if (id) await request(UpdateBehavior, { input: { id, ...input } })
      else navigate(`/data/behaviors/${(await request(CreateBehavior, { input })).createBehavior.behavior!.id}`)
      toast('Saved. Every door goes by it within two seconds.')
      await refresh()
    })
  }
  const remove = () =>
    attempt(async () => {
      await request(DeleteBehavior, { id: id! })
      navigate(LIST)
      await refresh()
    }, 'Deleted.')

  return (
    <div className="stack">
      <Card title="Definition">
        <form className="form" onSubmit={save}>
          <div className="form-row">
            <Field name="Event" hint="For all but track calls the type, such as page.">
              <input {...text('name')} required placeholder="Order Completed" />
            </Field>
            <Field name="Description" hint="Told in your GraphQL schema, too.">
              <input {...text('description')} />
            </Field>
          </div>
          <div className="form-row">
            <Field name="Mode" hint="What becomes of an event that is not so.">
              <select
                className="input"
                value={draft.mode}
                onChange={(event) => set({ mode: event.target.value as BehaviorMode })}
              >
                {Object.entries(MODES).map(([mode, name]) => (
                  <option key={mode} value={mode}>
                    {name}
                  </option>
                ))}
              </select>
            </Field>
            <Field name="Identifiers" hint="That each event must name, such as user_id, email.">
              <input {...text('identifiers')} placeholder="none" />
            </Field>
          </div>
          <div className="field">
            <span className="name">Properties</span>
            <Properties
              label={draft.name || 'the event'}
              properties={draft.properties}
              onChange={(properties) => set({ properties })}
            />
            <span className="hint">What is not listed is taken as it comes.</span>
          </div>
          <div className="form-row">
            <Field name="Sample, in %" hint="Of the people whose events are stored.">
              <input {...text('samplePercent')} type="number" min={0} max={100} step="any" placeholder="all" />
            </Field>
            <Field name="Retention, in days" hint="Older events are removed.">
              <input {...text('retentionDays')} type="number" min={1} placeholder="for ever" />
            </Field>
          </div>
          <div className="form-row">
            <Field name="Purpose" hint="Events of people who refused it are not stored.">
              <input {...text('purpose')} placeholder="none" />
            </Field>
            <Field name="Channel" hint="On which a refusal counts.">
              <input {...text('channel')} placeholder="any" disabled={draft.purpose === ''} />
            </Field>
          </div>
          {error && <Failure error={error} />}
          {mayChange ? (
            <div className="form-foot">
              <button type="submit" className="button primary" disabled={busy || (id !== undefined && draft === known)}>
                {id ? 'Save' : 'Define the behavior'}
              </button>
              {id && (
                <button type="button" className="button danger" onClick={() => setDeleting(true)}>
                  Delete
                </button>
              )}
            </div>
          ) : (
            <Note>You may look, but not change.</Note>
          )}
        </form>
      </Card>
      <DryRun draft={draft} />
      <Confirm
        title="Delete the behavior?"
        open={deleting}
        onClose={() => setDeleting(false)}
        action="Delete it"
        onConfirm={() => void remove()}
      >
        <p>Its events stay, and come in like any that is not defined.</p>
      </Confirm>
    </div>
  )
}
