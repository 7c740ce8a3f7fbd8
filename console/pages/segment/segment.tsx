import { refresh, useQuery } from '../../client/query.ts'
import { request } from '../../client/request.ts'
import { here, usePlace } from '../../client/router.ts'
import { useMayChange } from '../../client/viewer.ts'
import { DefinitionActions } from '../../definitions/actions.tsx'
import { Progress } from '../../definitions/progress.tsx'
import { Status } from '../../definitions/status.tsx'
import { PersonLink } from '../../people/person-link.tsx'
import { personPath } from '../../people/person.ts'
import { sentence } from '../../rules/sentence.ts'
import { plural } from '../../ui/format.ts'
import { Pager, usePageArguments } from '../../ui/pager.tsx'
import { Card, Empty, Link, Page, Ready, ReadyPage, Tabs, Time } from '../../ui/parts.tsx'
import { attempt } from '../../ui/toast.tsx'
import type { Parameters } from '../places.ts'
import { AccountMembers } from './accounts.tsx'
import { AsOf, useAsOf } from './as-of.tsx'
import { EditSegment } from './edit.tsx'
import { History } from './history.tsx'
import { MembersFile } from './members-file.tsx'
import {
  ArchiveSegment,
  Members as MembersQuery,
  PauseSegment,
  ResumeSegment,
  Segment as SegmentQuery,
  type SegmentResult,
} from './segment.graphql.ts'
import { Size } from './size.tsx'

const POLL_MS = 2000
const PAGE_SIZE = 25

export type SegmentData = NonNullable<SegmentResult['segment']>

export default function Segment({ parameters }: { parameters: Parameters }) {
  const segment = useQuery(SegmentQuery, { key: parameters.key! }, { every: POLL_MS })
  return (
    <ReadyPage query={segment}>
      {({ segment: found }) => (found ? <Known segment={found} /> : <Unknown name={parameters.key!} />)}
    </ReadyPage>
  )
}

function Known({ segment }: { segment: SegmentData }) {
  const { search } = usePlace()
  const mayChange = useMayChange('define')
  const tab = search.get('tab') ?? 'members'
  const tabs = [
    {
      key: 'members',
      name: segment.subject === 'ACCOUNT' ? 'Accounts' : 'People',
      to: here({ tab: null, after: null, before: null, asOf: null }),
      count: segment.size,
    },
    { key: 'history', name: 'In and out', to: here({ tab: 'history', after: null, before: null }) },
    { key: 'rule', name: 'Rule', to: here({ tab: 'rule', after: null, before: null }) },
  ]
  const { id } = segment
  return (
    <Page
      name={segment.name}
      crumbs={<Link to="/segments">Segments</Link>}
      title={
        <span className="row wrap">
          {segment.name} <Status definition={segment} />
        </span>
      }
      lead={segment.description || sentence(segment.rule)}
      actions={
        mayChange && (
          <DefinitionActions
            what="segment"
            name={segment.name}
            status={segment.status}
            onPause={() =>
              void attempt(() => request(PauseSegment, { id }).then(refresh), 'Paused. Its answer stays as it is.')
            }
            onResume={() => void attempt(() => request(ResumeSegment, { id }).then(refresh), 'Live again.')}
            onArchive={() => void attempt(() => request(ArchiveSegment, { id }).then(refresh), 'Archived.')}
          />
        )
      }
    >
      {!segment.complete && segment.status === 'ACTIVE' && <Progress id={id} />}
      {tab !== 'rule' && <Size segmentKey={segment.key} />}
      <Tabs tabs={tabs} current={tab} label="Views of this segment" />
      {tab === 'rule' ? (
        <EditSegment key={segment.version} segment={segment} />
      ) : tab === 'history' ? (
        <History segmentKey={segment.key} />
      ) : segment.subject === 'ACCOUNT' ? (
        <AccountMembers segment={segment} />
      ) : (
        <Members segment={segment} />
      )}
    </Page>
  )
}

function Members({ segment }: { segment: SegmentData }) {
  const page = usePageArguments(PAGE_SIZE)
  const asOf = useAsOf()
  const members = useQuery(MembersQuery, { key: segment.key, asOf, ...page }, { every: asOf ? undefined : POLL_MS })
  return (
    <Card
      title={asOf ? `Who was in it on ${new Date(asOf).toLocaleString()}` : 'Who is in it now'}
      flush
      actions={
        <div className="row wrap">
          <AsOf />
          <MembersFile segment={segment} asOf={asOf} />
        </div>
      }
    >
      <Ready query={members}>
        {({ segment: found }) => {
          const { nodes, pageInfo } = found!.members
          if (nodes.length === 0) {
            return (
              <Empty title={asOf ? 'Nobody was in it then' : 'Nobody is in it'}>
                {!asOf && (
                  <p>
                    {segment.complete ? 'The rule is' : 'It is still being evaluated. The rule is'}:{' '}
                    {sentence(segment.rule)}. Whoever comes to satisfy it will be here within moments.
                  </p>
                )}
              </Empty>
            )
          }
          return (
            <>
              <div className="table-wrap">
                <table>
                  <thead>
                    <tr>
                      <th>Person</th>
                      <th className="right wide-only">Last seen</th>
                      <th className="right">In it since</th>
                    </tr>
                  </thead>
                  <tbody>
                    {nodes.map(({ id, since, profile }) => (
                      <tr key={id}>
                        <td>{profile && <PersonLink profile={profile} />}</td>
                        <td className="right soft wide-only">{profile && <Time at={profile.lastSeen} />}</td>
                        <td className="right soft">
                          <Time at={since} />{' '}
                          {profile && (
                            <Link
                              className="fine"
                              to={`${personPath(profile)}?why=segment:${segment.key}`}
                              aria-label="Why is this person in it?"
                            >
                              why?
                            </Link>
                          )}
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
              <Pager info={pageInfo} count={asOf ? undefined : plural(segment.size, 'person', 'people')} />
            </>
          )
        }}
      </Ready>
    </Card>
  )
}

function Unknown({ name }: { name: string }) {
  return (
    <Page title="No such segment" name="No such segment">
      <Empty title={name}>
        <p>
          There is none with this key. <Link to="/segments">All segments</Link>
        </p>
      </Empty>
    </Page>
  )
}
