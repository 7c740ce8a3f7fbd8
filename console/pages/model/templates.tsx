import { refresh, useQuery } from '../../client/query.ts'
import { request } from '../../client/request.ts'
import { useMayChange } from '../../client/viewer.ts'
import { useSave } from '../../definitions/save.ts'
import { plural } from '../../ui/format.ts'
import { Card, Failure, Ready } from '../../ui/parts.tsx'
import { toast } from '../../ui/toast.tsx'
import { InstallModelTemplate, ModelTemplates, type ModelTemplatesResult } from './model.graphql.ts'

type Template = ModelTemplatesResult['modelTemplates'][number]

export function Templates() {
  const templates = useQuery(ModelTemplates, {})
  return (
    <Ready query={templates}>
      {({ modelTemplates }) => (
        <div className="stack">
          {modelTemplates.map((template) => (
            <OneTemplate key={template.key} template={template} />
          ))}
        </div>
      )}
    </Ready>
  )
}

function OneTemplate({ template }: { template: Template }) {
  const mayChange = useMayChange('model')
  const { error, busy, run } = useSave()
  const install = () =>
    run(async () => {
      const { created, kept } = (await request(InstallModelTemplate, { key: template.key })).installModelTemplate
      toast(`${plural(created.length, 'definition')} made, ${kept.length} kept as they are.`)
      await refresh()
    })
  const kinds = Map.groupBy(template.items, ({ kind }) => kind)
  return (
    <Card
      title={template.name}
      actions={
        mayChange && (
          <button type="button" className="button small" disabled={busy} onClick={() => void install()}>
            Install<span className="visually-hidden"> {template.name}</span>
          </button>
        )
      }
    >
      <div className="stack tight">
        {error && <Failure error={error} />}
        <p>{template.description}</p>
        <dl className="facts">
          {[...kinds].map(([kind, items]) => (
            <div key={kind} className="contents">
              <dt>{plural(items.length, kind)}</dt>
              <dd>{items.map(({ key }) => key).join(', ')}</dd>
            </div>
          ))}
        </dl>
      </div>
    </Card>
  )
}
