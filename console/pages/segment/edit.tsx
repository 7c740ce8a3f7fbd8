import { useState } from 'react'
import { refresh } from '../../client/query.ts'
import { request } from '../../client/request.ts'
import { navigate } from '../../client/router.ts'
import { useMayChange } from '../../client/viewer.ts'
import { About } from '../../definitions/about.tsx'
import { DefineForm } from '../../definitions/define.tsx'
import { RuleEditor } from '../../rules/editor.tsx'
import { isIncomplete, type Rule, type Subject } from '../../rules/model.ts'
import { Link, Page } from '../../ui/parts.tsx'
import { toast } from '../../ui/toast.tsx'
import { Preview } from './preview.tsx'
import { CreateSegment, UpdateSegment } from './segment.graphql.ts'
import type { SegmentData } from './segment.tsx'

/** The rule of a segment that there is. */
export function EditSegment({ segment }: { segment: SegmentData }) {
  const [rule, setRule] = useState(segment.rule as Rule)
  const ruleChanged = JSON.stringify(rule) !== JSON.stringify(segment.rule)
  return (
    <DefineForm
      known={{ ...segment, description: segment.description ?? '' }}
      mayChange={useMayChange('define')}
      ruleChanged={ruleChanged}
      incomplete={isIncomplete(rule)}
      action="Save"
      onSave={async ({ name, description }) => {
        await request(UpdateSegment, { input: { id: segment.id, name, description, ...(ruleChanged && { rule }) } })
        toast(ruleChanged ? 'Saved. Everybody is being looked at again.' : 'Saved.')
        await refresh()
      }}
    >
      <RuleEditor value={rule} subject={segment.subject} onChange={setRule} />
      <Preview rule={rule} subject={segment.subject} segmentId={segment.id} changed={ruleChanged} />
    </DefineForm>
  )
}

const EVENT: Rule = { event: { name: '', count: { gte: 1 }, within: 'P7D' } }
const START: Record<Subject, Rule> = {
  PERSON: { all: [EVENT] },
  ACCOUNT: { all: [{ people: { rule: EVENT, count: { gte: 1 } } }] },
}

export default function NewSegment() {
  const [subject, setSubject] = useState<Subject>('PERSON')
  const [rule, setRule] = useState(START.PERSON)
  const choose = (next: Subject) => {
    setSubject(next)
    setRule(START[next])
  }
  return (
    <Page
      title="New segment"
      name="New segment"
      crumbs={<Link to="/segments">Segments</Link>}
      lead="Say who belongs to it. Kith finds them, and tells at once who comes and who goes."
    >
      <DefineForm
        mayChange={useMayChange('define')}
        ruleChanged
        incomplete={isIncomplete(rule)}
        action="Make the segment"
        placeholder="High intent, unresolved"
        onSave={async ({ key, name, description }) => {
          await request(CreateSegment, { input: { key, name, description: description || null, subject, rule } })
          toast('Made. Everybody is being looked at.')
          await refresh()
          navigate(`/segments/${key}`)
        }}
      >
        <About value={subject} onChange={choose} />
        <RuleEditor key={subject} value={rule} subject={subject} onChange={setRule} />
        <Preview rule={rule} subject={subject} changed />
      </DefineForm>
    </Page>
  )
}
