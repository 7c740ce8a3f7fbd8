import { type Query, useQuery } from '../../client/query.ts'
import { usePlace } from '../../client/router.ts'
import { useNow } from '../../ui/clock.ts'
import { Page, Tabs } from '../../ui/parts.tsx'
import { BehaviorList } from './behaviors.tsx'
import { DataOverview, type DataOverviewResult } from './data.graphql.ts'
import { DeadLetterList } from './dead-letters.tsx'
import { EventList } from './events.tsx'
import { GatePage } from './gate.tsx'
import { Imports } from './imports.tsx'
import { PostgresSourceList } from './postgres-sources.tsx'
import { ReplayList } from './replay.tsx'
import { SourceList } from './sources.tsx'
import { WebhookList } from './webhooks.tsx'

const POLL_MS = 3000
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

export default function Data() {
  const { search } = usePlace()
  const tab = search.get('tab') ?? 'sources'
  const from = new Date(useNow(HOUR_MS) - DAY_MS).toISOString()
  const overview = useQuery(DataOverview, { from }, { every: POLL_MS })
  const waiting = overview.data?.deadLetterGroups.reduce((sum, { count }) => sum + count, 0)
  const views = [
    { key: 'sources', name: 'Sources', to: '/data' },
    { key: 'events', name: 'Events' },
    { key: 'behaviors', name: 'Behaviors' },
    { key: 'gate', name: 'Gate' },
    { key: 'webhooks', name: 'Webhooks' },
    { key: 'postgres', name: 'Postgres' },
    { key: 'imports', name: 'Imports' },
    { key: 'replay', name: 'Replay' },
    { key: 'dead-letters', name: 'Dead letters', count: waiting },
    { key: 'model', name: 'Model', to: '/data/model' },
  ]
  const tabs = views.map((view) => ({ to: `/data?tab=${view.key}`, ...view }))
  return (
    <Page
      title="Data"
      name={`${views.find(({ key }) => key === tab)?.name ?? 'Sources'}, data`}
      lead="Where it comes from, what came in, and what could not be let in."
    >
      <Tabs tabs={tabs} current={tab} label="Views of the data" />
      <View tab={tab} overview={overview} />
    </Page>
  )
}

function View({ tab, overview }: { tab: string; overview: Query<DataOverviewResult> }) {
  const { search } = usePlace()
  switch (tab) {
    case 'events':
      return <EventList />
    case 'behaviors':
      return <BehaviorList />
    case 'gate':
      return <GatePage />
    case 'dead-letters':
      return <DeadLetterList key={search.get('state')} groups={overview.data?.deadLetterGroups ?? []} />
    case 'webhooks':
      return <WebhookList />
    case 'postgres':
      return <PostgresSourceList />
    case 'imports':
      return <Imports />
    case 'replay':
      return <ReplayList sources={overview.data?.sources.nodes ?? []} />
    default:
      return <SourceList overview={overview} />
  }
}
