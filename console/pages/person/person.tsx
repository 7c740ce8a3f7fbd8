import { useState } from 'react'
import { useQuery } from '../../client/query.ts'
import { namesNothing } from '../../client/request.ts'
import { here, usePlace } from '../../client/router.ts'
import { useMayChange } from '../../client/viewer.ts'
import { toPerson } from '../../people/person-link.tsx'
import { personName } from '../../people/person.ts'
import { Avatar, Empty, Link, Page, ReadyPage, Tabs, Time } from '../../ui/parts.tsx'
import type { Parameters } from '../places.ts'
import { Facts } from './facts.tsx'
import { Identity } from './identity.tsx'
import { MergeDialog } from './merge.tsx'
import { PersonData } from './person-data.tsx'
import { Person as PersonQuery, type PersonResult } from './person.graphql.ts'
import { Records } from './records.tsx'
import { Timeline } from './timeline.tsx'
import { Why } from './why.tsx'
import './person.css'

const POLL_MS = 3000

export type Profile = NonNullable<PersonResult['profile']>

export default function Person({ parameters }: { parameters: Parameters }) {
  const person = useQuery(PersonQuery, { id: parameters.id! }, { every: POLL_MS })
  if (namesNothing(person.error)) return <Unknown id={parameters.id!} />
  return (
    <ReadyPage query={person}>
      {({ profile }) => (profile ? <Known profile={profile} /> : <Unknown id={parameters.id!} />)}
    </ReadyPage>
  )
}

function Known({ profile }: { profile: Profile }) {
  const { search } = usePlace()
  const tab = search.get('tab') ?? 'timeline'
  const name = personName(toPerson(profile))
  const mayMerge = useMayChange('identity')
  const mayErase = useMayChange('privacy')
  const [merging, setMerging] = useState(false)
  const tabs = [
    { key: 'timeline', name: 'Timeline', to: here({ tab: null }) },
    { key: 'records', name: 'Records', to: here({ tab: 'records' }) },
    { key: 'identity', name: 'Identity', to: here({ tab: 'identity' }), count: profile.identifiers.totalCount },
  ]
  return (
    <Page
      name={name}
      crumbs={<Link to="/people">People</Link>}
      actions={
        <>
          {mayMerge && (
            <button type="button" className="button" onClick={() => setMerging(true)}>
              Merge
            </button>
          )}
          {mayErase && <PersonData profileId={profile.id} name={name} />}
        </>
      }
      title={
        <span className="person-title">
          <Avatar name={name} large />
          <span>
            {name}
            <small>
              Known since <Time at={profile.firstSeen} />, seen <Time at={profile.lastSeen} />
            </small>
          </span>
        </span>
      }
    >
      <div className="person-columns">
        <div className="stack">
          <Why profileId={profile.id} name={name} />
          <Tabs tabs={tabs} current={tab} label="Views of this person" />
          {tab === 'records' ? (
            <Records id={profile.id} />
          ) : tab === 'identity' ? (
            <Identity profile={profile} name={name} />
          ) : (
            <Timeline id={profile.id} />
          )}
        </div>
        <Facts profile={profile} />
      </div>
      <MergeDialog profileId={profile.id} name={name} open={merging} onClose={() => setMerging(false)} />
    </Page>
  )
}

function Unknown({ id }: { id: string }) {
  return (
    <Page title="Nobody here" name="Nobody">
      <Empty title={id}>
        <p>
          There is no such person in this tenant. They may have been erased. <Link to="/people">All people</Link>
        </p>
      </Empty>
    </Page>
  )
}
