import { type FormEvent, useState } from 'react'
import { refresh, useQuery } from '../../client/query.ts'
import { request } from '../../client/request.ts'
import type { Json } from '../../client/schema.ts'
import { useMayChange } from '../../client/viewer.ts'
import { labelSentence } from '../../rules/label.ts'
import { sentence } from '../../rules/sentence.ts'
import { Icon } from '../../ui/icons.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Card, Field, Link, Page, Ready } from '../../ui/parts.tsx'
import { attempt } from '../../ui/toast.tsx'
import { InstallRuleTemplate, RuleTemplates, type RuleTemplatesResult } from './templates.graphql.ts'

type Template = RuleTemplatesResult['ruleTemplates'][number]
type Definition = Template['definitions'][number]
type Parameter = Template['parameters'][number]
type IsTaken = (definition: Pick<Definition, 'kind' | 'key'>) => boolean

/** Rules to begin with: each makes its segments and labels with one click. */
export default function Templates() {
  const templates = useQuery(RuleTemplates, {})
  return (
    <Page
      title="Templates"
      name="Templates"
      crumbs={<Link to="/segments">Segments</Link>}
      lead="Rules to begin with, over the usual names of events. Once installed they are yours to change."
    >
      <Ready query={templates}>
        {({ ruleTemplates, segments, labels }) => {
          const taken = {
            segment: new Set(segments.nodes.map(({ key }) => key)),
            label: new Set(labels.nodes.map(({ key }) => key)),
          }
          const isTaken: IsTaken = ({ kind, key }) => taken[kind as 'segment' | 'label'].has(key)
          return (
            <div className="gallery">
              {ruleTemplates.map((template) => (
                <One key={template.key} template={template} isTaken={isTaken} />
              ))}
            </div>
          )
        }}
      </Ready>
    </Page>
  )
}

function One({ template, isTaken }: { template: Template; isTaken: IsTaken }) {
  const { name, description, definitions } = template
  const mayChange = useMayChange('define')
  const [busy, setBusy] = useState(false)
  const [adjusting, setAdjusting] = useState(false)
  const taken = definitions.filter(isTaken)
  async function install(as: Wishes = {}) {
    setBusy(true)
    const done = await attempt(
      () => request(InstallRuleTemplate, { key: template.key, ...as }).then(refresh),
      `${name} is installed.`,
    )
    setBusy(false)
    if (done) setAdjusting(false)
  }
  return (
    <Card
      title={name}
      actions={
        <>
          {taken.length > 0 && (
            <span className="pill good">
              <Icon name="check" size={14} /> {taken.length === definitions.length ? 'Installed' : 'In part'}
            </span>
          )}
          {mayChange && (
            <button
              type="button"
              className="button small"
              aria-label={taken.length > 0 ? `Add another ${name}` : `Adjust ${name}`}
              onClick={() => setAdjusting(true)}
            >
              {taken.length > 0 ? 'Add another' : 'Adjust'}
            </button>
          )}
          {mayChange && taken.length === 0 && (
            <button
              type="button"
              className="button small primary"
              disabled={busy}
              aria-label={`Install ${name}`}
              onClick={() => void install()}
            >
              Install
            </button>
          )}
        </>
      }
    >
      <p className="soft">{description}</p>
      <ul className="stack tight">
        {definitions.map((definition) => (
          <li key={definition.key}>
            <p>
              <Icon name={definition.kind === 'label' ? 'label' : 'segment'} size={14} />{' '}
              {isTaken(definition) ? (
                <Link to={`/${definition.kind}s/${definition.key}`}>{definition.name}</Link>
              ) : (
                <b>{definition.name}</b>
              )}
            </p>
            <p className="fine muted">{ruleOf(definition)}</p>
          </li>
        ))}
      </ul>
      <Dialog title={name} open={adjusting} onClose={() => setAdjusting(false)}>
        <Adjust template={template} isTaken={isTaken} busy={busy} install={install} />
      </Dialog>
    </Card>
  )
}

type Wishes = { keys?: { of: string; as: string }[]; parameters?: Json }
type AdjustProps = { template: Template; isTaken: IsTaken; busy: boolean; install(as: Wishes): void }

/** Its keys, with free ones where those of the template are taken, and its parameters. */
function Adjust({ template, isTaken, busy, install }: AdjustProps) {
  const { definitions, parameters } = template
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const said = (field: string) => String(form.get(field)).trim()
    install({
      keys: definitions.map(({ key }) => ({ of: key, as: said(`key ${key}`) })).filter(({ of, as }) => of !== as),
      parameters: Object.fromEntries(parameters.map((one) => [one.name, readValue(one, said(one.name))])) as Json,
    })
  }
  return (
    <form className="stack" onSubmit={submit}>
      {definitions.map(({ kind, key, name }) => (
        <Field
          key={key}
          name={`Key of the ${kind} ${name}`}
          hint={isTaken({ kind, key }) ? `"${key}" is taken.` : undefined}
        >
          <input className="input" name={`key ${key}`} defaultValue={freeKey({ kind, key }, isTaken)} required />
        </Field>
      ))}
      {parameters.map((parameter) => (
        <Field key={parameter.name} name={parameter.description.replace(/\.$/, '')} hint={HINTS[parameter.type]}>
          <input
            className="input"
            name={parameter.name}
            type={parameter.type === 'NUMBER' ? 'number' : 'text'}
            min={0}
            step="any"
            defaultValue={String(
              Array.isArray(parameter.default) ? parameter.default.join(', ') : (parameter.default as string | number),
            )}
            required
          />
        </Field>
      ))}
      <div className="row">
        <button type="submit" className="button primary" disabled={busy}>
          Install it so
        </button>
      </div>
    </form>
  )
}

const HINTS = { DURATION: 'Such as P30D, PT1H or P1Y.', NUMBER: undefined, EVENTS: 'Names of events, with commas.' }

function readValue({ type }: Parameter, text: string): Json {
  if (type === 'NUMBER') return Number(text)
  if (type !== 'EVENTS') return text
  return text.split(',').flatMap((name) => name.trim() || [])
}

function freeKey({ kind, key }: Pick<Definition, 'kind' | 'key'>, isTaken: IsTaken): string {
  let free = key
  for (let n = 2; isTaken({ kind, key: free }); n++) free = `${key}-${n}`
  return free
}

function ruleOf({ kind, rule }: Definition): string {
  return kind === 'label' ? labelSentence(rule as Json) : sentence(rule as Json)
}
