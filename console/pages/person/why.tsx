/** Why somebody is, or is not, in a segment, or has a label's value: the rule, node by node, with its proof. */
import { type ReactNode, useState } from 'react'
import { useQuery } from '../../client/query.ts'
import { here, navigate, usePlace } from '../../client/router.ts'
import type { Json } from '../../client/schema.ts'
import { isObject } from '../../rules/model.ts'
import { labelSentence } from '../../rules/label.ts'
import { sentence } from '../../rules/sentence.ts'
import { inline, plural, span, words } from '../../ui/format.ts'
import { Icon } from '../../ui/icons.tsx'
import { Card, Code, Failure, Link, Time, Waiting } from '../../ui/parts.tsx'
import { Definitions, type Node as NodeAnswer, WhyLabel, WhySegment, type WhySegmentResult } from './why.graphql.ts'

type Explanation = NonNullable<WhySegmentResult['explainSegment']>

/** What the URL asks about: `?why=segment:vip`. Nothing without it. */
export function Why({ profileId, name }: { profileId: string; name: string }) {
  const { search } = usePlace()
  const [kind, key] = (search.get('why') ?? '').split(/:(.*)/s)
  if (!key) return null
  const close = (
    <Link className="button ghost icon small" aria-label="Close the explanation" to={here({ why: null })}>
      <Icon name="close" size={16} />
    </Link>
  )
  return kind === 'label' ? (
    <LabelWhy key={key} label={key} profileId={profileId} name={name} close={close} />
  ) : (
    <SegmentWhy key={key} segment={key} profileId={profileId} name={name} close={close} />
  )
}

type Props = { profileId: string; name: string; close: ReactNode }

function SegmentWhy({ segment: key, profileId, name, close }: Props & { segment: string }) {
  const { data, error } = useQuery(WhySegment, { key, profileId })
  if (error) return <Failure error={error} />
  if (!data) return <Waiting />
  const { explainSegment: found, segment } = data
  const inIt = found?.value === true
  return (
    <Card title={`Why is ${name} ${inIt ? '' : 'not '}in ${segment?.name ?? key}?`} actions={close}>
      {found && <Tree explanation={found} verdict={inIt ? 'In it' : 'Not in it'} good={inIt} />}
    </Card>
  )
}

function LabelWhy({ label: key, profileId, name, close }: Props & { label: string }) {
  const { data, error } = useQuery(WhyLabel, { key, profileId })
  if (error) return <Failure error={error} />
  if (!data) return <Waiting />
  const { explainLabel: found, label } = data
  const value = inline(found?.value)
  return (
    <Card title={`Why is the ${label?.name ?? key} of ${name} ${value}?`} actions={close}>
      {found && <Tree explanation={found} verdict={value} good={found.value !== null} />}
    </Card>
  )
}

function Tree({ explanation, verdict, good }: { explanation: Explanation; verdict: string; good: boolean }) {
  const [showSql, setShowSql] = useState(false)
  const { nodes, until, sql } = explanation
  return (
    <div className="stack">
      <p>
        <span className={`pill ${good ? 'good' : 'warn'}`}>{verdict}</span>{' '}
        <span className="soft">
          {until
            ? `and stays so for ${remaining(until)}, if nothing else happens`
            : 'and stays so until something happens'}
        </span>
      </p>
      <ul className="why">
        {nodes.map((node) => (
          <NodeLine key={`${node.depth} ${node.path.join('.')}`} node={node} />
        ))}
      </ul>
      <div>
        <button type="button" className="button small" aria-expanded={showSql} onClick={() => setShowSql(!showSql)}>
          {showSql ? 'Hide the SQL' : 'The SQL that it is compiled to'}
        </button>
      </div>
      {showSql && <Code text={sql} />}
    </div>
  )
}

function NodeLine({ node }: { node: NodeAnswer }) {
  const [open, setOpen] = useState(false)
  const { evidence, found, holds, until } = node
  return (
    <li style={{ marginInlineStart: `${node.depth * 22}px` }}>
      <div className="node">
        <span className={`mark-in ${holds ? '' : 'warn'}`} title={holds ? 'Holds' : 'Does not hold'}>
          <Icon name={holds ? 'check' : 'close'} size={14} />
        </span>
        <p>
          <span className="visually-hidden">{holds ? 'Holds:' : 'Does not hold:'}</span> {textOf(node)}
          {found !== null && found !== undefined && (
            <span className="soft">
              {' '}
              · found <b>{inline(found)}</b>
            </span>
          )}
          {until && <span className="muted"> · for {remaining(until)}</span>}
        </p>
        {evidence.length > 0 && (
          <button type="button" className="button small ghost" aria-expanded={open} onClick={() => setOpen(!open)}>
            {plural(evidence.length, 'proof')}
          </button>
        )}
      </div>
      {open && (
        <ul className="proofs">
          {evidence.map(({ kind, id, at, data }) => (
            <li key={id}>
              <b>{nameOf(kind, data as Json)}</b> <span className="soft">{briefOf(data as Json)}</span>{' '}
              {at && (
                <span className="muted fine">
                  <Time at={at} />
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
    </li>
  )
}

function remaining(until: string): string {
  return span(Math.max(0, Date.parse(until) - Date.now()))
}

/** Groups are named; their children follow below. */
function textOf({ node, rule }: NodeAnswer): string {
  const json = rule as Json
  switch (node) {
    case 'all':
      return 'All of'
    case 'any':
      return 'Any of'
    case 'not':
      return 'Not'
    case 'case':
      return isObject(json) && 'value' in json ? `${inline(json.value)} if` : 'If'
    default: {
      const text = sentence(json)
      if (!text.startsWith('a rule that cannot')) return text
      const label = labelSentence(json)
      return label.startsWith('a rule that cannot') ? words(node) : label
    }
  }
}

function nameOf(kind: string, data: Json): string {
  return isObject(data) && typeof data.name === 'string' ? data.name : words(kind)
}

function briefOf(data: Json): string {
  if (!isObject(data)) return ''
  const shown = isObject(data.properties) ? data.properties : data
  return Object.entries(shown)
    .filter(([key, value]) => key !== 'name' && value !== null && typeof value !== 'object')
    .slice(0, 5)
    .map(([key, value]) => `${key}: ${inline(value)}`)
    .join(', ')
}

/** Asks about any segment, also one that the person is not in. */
export function AskWhy({ memberOf }: { memberOf: ReadonlySet<string> }) {
  const { data } = useQuery(Definitions, {})
  const others = data?.segments.nodes.filter(({ key }) => !memberOf.has(key)) ?? []
  if (others.length === 0) return null
  return (
    <select
      className="input small ask-why"
      aria-label="Why not in another segment?"
      value=""
      onChange={(event) => event.target.value && navigate(here({ why: `segment:${event.target.value}` }))}
    >
      <option value="">Why not in …</option>
      {others.map(({ key, name }) => (
        <option key={key} value={key}>
          {name}
        </option>
      ))}
    </select>
  )
}
