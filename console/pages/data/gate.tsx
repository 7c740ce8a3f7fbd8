/** The settings of the gate: which events come in, and what of them. */
import { type FormEvent, useState } from 'react'
import { refresh, useQuery } from '../../client/query.ts'
import { request } from '../../client/request.ts'
import type { PersonalDataAction, TrafficAction, UnknownEventAction } from '../../client/schema.ts'
import { useMayChange } from '../../client/viewer.ts'
import { useSave } from '../../definitions/save.ts'
import { compact, number as count } from '../../ui/format.ts'
import { Icon } from '../../ui/icons.tsx'
import { listOf } from '../../ui/list.ts'
import { Card, Empty, Failure, Field, Figure, Note, Ready, Select } from '../../ui/parts.tsx'
import { attempt, toast } from '../../ui/toast.tsx'
import { countOf } from '../behavior/model.ts'
import { GateCounts, GateSettings, type GateSettingsResult, UpdateGate, UpdateSource } from './gate.graphql.ts'

type Settings = GateSettingsResult['gate']

export function GatePage() {
  const mayChange = useMayChange('model')
  const query = useQuery(GateSettings, {}, { skip: !mayChange })
  if (!mayChange) return <Note>The settings of the gate are for those who may change the model.</Note>
  return (
    <div className="stack">
      <KeptOut />
      <Ready query={query}>
        {({ gate, sources }) => (
          <>
            <SettingsForm key={JSON.stringify(gate)} settings={gate} />
            <Purposes sources={sources.nodes} />
          </>
        )}
      </Ready>
    </div>
  )
}

function KeptOut() {
  const query = useQuery(GateCounts, {}, { every: 5000 })
  return (
    <Card title="Last 7 days">
      <Ready query={query}>
        {({ behaviorCounts }) => {
          const sum = (...outcomes: string[]) => countOf(behaviorCounts, ...outcomes)
          return (
            <dl className="figures">
              <Figure name="Bots dropped">{compact(sum('BOT'))}</Figure>
              <Figure name="Internal dropped">{compact(sum('INTERNAL'))}</Figure>
              <Figure name="Marked">{compact(sum('MARKED_BOT', 'MARKED_INTERNAL'))}</Figure>
              <Figure name="Without consent">{compact(sum('UNCONSENTED'))}</Figure>
              <Figure name="Unknown events">{compact(sum('UNKNOWN'))}</Figure>
            </dl>
          )
        }}
      </Ready>
    </Card>
  )
}

const TRAFFIC: Record<TrafficAction, string> = {
  KEEP: 'Keep them',
  DROP: 'Drop them, counted',
  MARK: 'Mark them with $traffic',
}
const UNKNOWN: Record<UnknownEventAction, string> = {
  ALLOW: 'Store them',
  COUNT: 'Store them, counted by name',
  REFUSE: 'Refuse them: dead letters',
}
const ACTIONS: PersonalDataAction[] = ['DROP', 'HASH', 'MASK']

function SettingsForm({ settings }: { settings: Settings }) {
  const [rules, setRules] = useState(settings.personalData)
  const { error, busy, run } = useSave()
  function save(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const text = (name: string) => String(form.get(name))
    const rate = text('eventsPerSecond').trim()
    void run(async () => {
      const input = {
        bots: text('bots') as TrafficAction,
        internal: text('internal') as TrafficAction,
        unknownEvents: text('unknownEvents') as UnknownEventAction,
        internalNetworks: listOf(text('networks')),
        internalUsers: listOf(text('users')),
        internalDomains: listOf(text('domains')),
        personalData: rules.map(({ path, action }) => ({ path, action })),
        eventsPerSecond: rate === '' ? null : Number(rate),
      }
      await request(UpdateGate, { input })
      toast('Saved. Every door goes by it within two seconds.')
      await refresh()
    })
  }
  const { operatorsEventsPerSecond: most } = settings
  return (
    <form className="stack" onSubmit={save}>
      <Card title="Traffic that is no customer’s">
        <div className="form">
          <div className="form-row">
            <Select field="bots" name="Bots" hint="By their user agent." options={TRAFFIC} value={settings.bots} />
            <Select
              field="internal"
              name="Internal traffic"
              hint="From your addresses, people and domains below."
              options={TRAFFIC}
              value={settings.internal}
            />
          </div>
          <div className="form-row">
            <Lines
              name="networks"
              label="Addresses"
              hint="192.0.2.0/24, one per line."
              value={settings.internalNetworks}
            />
            <Lines name="users" label="People" hint="User ids or e-mail addresses." value={settings.internalUsers} />
            <Lines name="domains" label="Domains" hint="Of e-mail addresses." value={settings.internalDomains} />
          </div>
        </div>
      </Card>
      <Card title="Personal data">
        <div className="stack tight">
          <p className="soft">
            Dropped, hashed or masked before anything is kept, in dead letters too. What is stored already stays.
          </p>
          {rules.map((rule, at) => (
            <div className="row wrap" key={at}>
              <input
                className="input mono"
                required
                aria-label="Path"
                placeholder="traits.ssn"
                value={rule.path}
                onChange={(event) => setRules(rules.with(at, { ...rule, path: event.target.value }))}
              />
              <select
                className="input"
                aria-label={`What becomes of ${rule.path}`}
                value={rule.action}
                onChange={(event) =>
                  setRules(rules.with(at, { ...rule, action: event.target.value as PersonalDataAction }))
                }
              >
                {ACTIONS.map((action) => (
                  <option key={action} value={action}>
                    {action.toLowerCase()}
                  </option>
                ))}
              </select>
              <button
                type="button"
                className="button ghost icon small"
                aria-label={`Remove ${rule.path}`}
                onClick={() => setRules(rules.toSpliced(at, 1))}
              >
                <Icon name="close" size={14} />
              </button>
            </div>
          ))}
          <div>
            <button
              type="button"
              className="button small"
              onClick={() => setRules([...rules, { path: '', action: 'DROP' }])}
            >
              <Icon name="plus" size={14} /> Rule
            </button>
          </div>
        </div>
      </Card>
      <Card title="Unknown events and limits">
        <div className="form">
          <div className="form-row">
            <Select
              field="unknownEvents"
              name="Events without a behavior"
              hint="Track calls whose name is not defined."
              options={UNKNOWN}
              value={settings.unknownEvents}
            />
            <Field
              name="Events per second"
              hint={most === null ? 'Over all keys.' : `Over all keys; the operator allows ${count(most)}.`}
            >
              <input
                className="input"
                name="eventsPerSecond"
                type="number"
                min={1}
                placeholder="no limit of your own"
                defaultValue={settings.eventsPerSecond ?? ''}
              />
            </Field>
          </div>
          {error && <Failure error={error} />}
          <div className="form-foot">
            <button type="submit" className="button primary" disabled={busy}>
              Save
            </button>
          </div>
        </div>
      </Card>
    </form>
  )
}

function Lines({ name, label, hint, value }: { name: string; label: string; hint: string; value: string[] }) {
  return (
    <Field name={label} hint={hint}>
      <textarea className="input mono" name={name} rows={3} defaultValue={value.join('\n')} />
    </Field>
  )
}

function Purposes({ sources }: { sources: GateSettingsResult['sources']['nodes'] }) {
  return (
    <Card title="What sources are for">
      <div className="stack tight">
        <p className="soft">
          Events of a source that has a purpose are not stored when their person has refused it. Behaviors can have one
          too.
        </p>
        {sources.length === 0 && <Empty title="No source yet" />}
        {sources.map((source) => (
          <PurposeForm key={`${source.id} ${source.purpose} ${source.channel}`} source={source} />
        ))}
      </div>
    </Card>
  )
}

function PurposeForm({ source }: { source: GateSettingsResult['sources']['nodes'][number] }) {
  function save(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const text = (name: string) => String(form.get(name)).trim() || null
    const input = { id: source.id, purpose: text('purpose'), channel: text('channel') }
    void attempt(async () => {
      await request(UpdateSource, { input })
      await refresh()
    }, 'Saved.')
  }
  return (
    <form className="row wrap" onSubmit={save}>
      <b>{source.name}</b>
      <input
        className="input"
        name="purpose"
        aria-label={`Purpose of ${source.name}`}
        placeholder="no purpose"
        defaultValue={source.purpose ?? ''}
      />
      <input
        className="input"
        name="channel"
        aria-label={`Channel of ${source.name}`}
        placeholder="any channel"
        defaultValue={source.channel ?? ''}
      />
      <button type="submit" className="button small">
        Save
      </button>
    </form>
  )
}
