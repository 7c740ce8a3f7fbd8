import { here, usePlace } from '../../client/router.ts'
import { Link, Page, Tabs } from '../../ui/parts.tsx'
import { Objects } from './objects.tsx'
import { Templates } from './templates.tsx'
import { Versions } from './versions.tsx'

export default function Model() {
  const { search } = usePlace()
  const tab = search.get('tab') ?? 'objects'
  const at = (name: string | null) => here({ tab: name })
  const tabs = [
    { key: 'objects', name: 'Objects and fields', to: at(null) },
    { key: 'versions', name: 'Versions', to: at('versions') },
    { key: 'templates', name: 'Templates', to: at('templates') },
  ]
  return (
    <Page
      title="Model"
      name="Model"
      crumbs={<Link to="/data">Data</Link>}
      lead="What is special about your business: fields of everything, and objects of your own."
    >
      <Tabs tabs={tabs} current={tab} label="Views of the model" />
      {tab === 'versions' ? <Versions /> : tab === 'templates' ? <Templates /> : <Objects />}
    </Page>
  )
}
