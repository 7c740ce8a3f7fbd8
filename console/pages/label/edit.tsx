import { useState } from 'react'
import { refresh } from '../../client/query.ts'
import { request } from '../../client/request.ts'
import { navigate } from '../../client/router.ts'
import { useMayChange } from '../../client/viewer.ts'
import { About } from '../../definitions/about.tsx'
import { DefineForm } from '../../definitions/define.tsx'
import { freshLabel, isLabelIncomplete, type LabelRule } from '../../rules/label.ts'
import type { Subject } from '../../rules/model.ts'
import { LabelEditor } from '../../rules/label-editor.tsx'
import { Link, Page } from '../../ui/parts.tsx'
import { toast } from '../../ui/toast.tsx'
import { CreateLabel, UpdateLabel } from './label.graphql.ts'
import type { LabelData } from './label.tsx'

/** The rule of a label that there is. */
export function EditLabel({ label }: { label: LabelData }) {
  const [rule, setRule] = useState(label.rule as LabelRule)
  const ruleChanged = JSON.stringify(rule) !== JSON.stringify(label.rule)
  return (
    <DefineForm
      known={{ ...label, description: label.description ?? '' }}
      mayChange={useMayChange('define')}
      ruleChanged={ruleChanged}
      incomplete={isLabelIncomplete(rule)}
      action="Save"
      onSave={async ({ name, description }) => {
        await request(UpdateLabel, { input: { id: label.id, name, description, ...(ruleChanged && { rule }) } })
        toast(ruleChanged ? 'Saved. Everybody is being looked at again.' : 'Saved.')
        await refresh()
      }}
    >
      <LabelEditor value={rule} subject={label.subject} onChange={setRule} />
    </DefineForm>
  )
}

export default function NewLabel() {
  const [subject, setSubject] = useState<Subject>('PERSON')
  const [rule, setRule] = useState(() => freshLabel('cases'))
  const choose = (next: Subject) => {
    setSubject(next)
    setRule(freshLabel('cases', next))
  }
  return (
    <Page
      title="New label"
      name="New label"
      crumbs={<Link to="/labels">Labels</Link>}
      lead="Say what the value is. Kith works it out for every person or account, and tells at once when it changes."
    >
      <DefineForm
        mayChange={useMayChange('define')}
        ruleChanged
        incomplete={isLabelIncomplete(rule)}
        action="Make the label"
        placeholder="Lifecycle"
        onSave={async ({ key, name, description }) => {
          await request(CreateLabel, { input: { key, name, description: description || null, subject, rule } })
          toast('Made. Everybody is being looked at.')
          await refresh()
          navigate(`/labels/${key}`)
        }}
      >
        <About value={subject} onChange={choose} />
        <LabelEditor key={subject} value={rule} subject={subject} onChange={setRule} />
      </DefineForm>
    </Page>
  )
}
