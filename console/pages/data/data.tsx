import { useQuery } from '../../client/query.ts'
import { here, usePlace } from '../../client/router.ts'
import { useNow } from '../../ui/clock.ts'
import { Page, Tabs } from '../../ui/parts.tsx'
import { BehaviorList } from './behaviors.tsx'
import { DataOverview } from './data.graphql.ts'
import { DeadLetterList } from './dead-letters.tsx'
import { EventList } from './events.tsx'
import { GatePage } from './gate.tsx'
import { Imports } from './imports.tsx'
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
  const at = (name: string | null) =>
    here({ tab: name, after: null, before: null, q: null, code: null, state: null, webhook: null })
  const tabs = [
    { key: 'sources', name: 'Sources', to: at(null) },
    { key: 'events', name: 'Events', to: at('events') },
    { key: 'behaviors', name: 'Behaviors', to: at('behaviors') },
    { key: 'gate', name: 'Gate', to: at('gate') },
    { key: 'webhooks', name: 'Webhooks', to: at('webhooks') },
    { key: 'imports', name: 'Imports', to: at('imports') },
    { key: 'replay', name: 'Replay', to: at('replay') },
    { key: 'dead-letters', name: 'Dead letters', to: at('dead-letters'), count: waiting },
    { key: 'model', name: 'Model', to: '/data/model' },
  ]
  return (
    <Page title="Data" name="Data" lead="Where it comes from, what came in, and what could not be let in.">
      <Tabs tabs={tabs} current={tab} label="Views of the data" />
      {tab === 'events' ? (
        <EventList />
      ) : tab === 'behaviors' ? (
        <BehaviorList />
      ) : tab === 'gate' ? (
        <GatePage />
      ) : tab === 'dead-letters' ? (
        <DeadLetterList key={search.get('state')} groups={overview.data?.deadLetterGroups ?? []} />
      ) : tab === 'webhooks' ? (
        <WebhookList />
      ) : tab === 'imports' ? (
        <Imports />
      ) : tab === 'replay' ? (
        <ReplayList sources={overview.data?.sources.nodes ?? []} />
      ) : (
        <SourceList overview={overview} />
      )}
    </Page>
  )
}
