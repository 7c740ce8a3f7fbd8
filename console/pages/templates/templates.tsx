import { useState } from 'react'
import { refresh, useQuery } from '../../client/query.ts'
import { request } from '../../client/request.ts'
import type { Json } from '../../client/schema.ts'
import { useMayChange } from '../../client/viewer.ts'
import { labelSentence } from '../../rules/label.ts'
import { sentence } from '../../rules/sentence.ts'
import { Icon } from '../../ui/icons.tsx'
import { Card, Link, Page, Ready } from '../../ui/parts.tsx'
import { attempt } from '../../ui/toast.tsx'
import { InstallRuleTemplate, RuleTemplates, type RuleTemplatesResult } from './templates.graphql.ts'

type Template = RuleTemplatesResult['ruleTemplates'][number]
type Definition = Template['definitions'][number]

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
          const isTaken = ({ kind, key }: Definition) => taken[kind as 'segment' | 'label'].has(key)
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

function One({ template, isTaken }: { template: Template; isTaken(definition: Definition): boolean }) {
  const { key, name, description, definitions } = template
  const mayChange = useMayChange('define')
  const [busy, setBusy] = useState(false)
  const taken = definitions.filter(isTaken)
  async function install() {
    setBusy(true)
    await attempt(() => request(InstallRuleTemplate, { key }).then(refresh), `${name} is installed.`)
    setBusy(false)
  }
  return (
    <Card
      title={name}
      actions={
        taken.length > 0 ? (
          <span className="pill good">
            <Icon name="check" size={14} /> {taken.length === definitions.length ? 'Installed' : 'In part'}
          </span>
        ) : (
          mayChange && (
            <button
              type="button"
              className="button small primary"
              disabled={busy}
              aria-label={`Install ${name}`}
              onClick={() => void install()}
            >
              Install
            </button>
          )
        )
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
    </Card>
  )
}

function ruleOf({ kind, rule }: Definition): string {
  return kind === 'label' ? labelSentence(rule as Json) : sentence(rule as Json)
}
