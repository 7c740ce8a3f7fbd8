/** Who came in and who went out, as it happens, and why. */
import { useRef, useState } from 'react'
import { useSubscription, useTold } from '../../client/live.ts'
import { useQuery } from '../../client/query.ts'
import { usePlace } from '../../client/router.ts'
import { CAUSES } from '../../definitions/causes.ts'
import { Reasons, WhyButton } from '../../definitions/reasons.tsx'
import { AccountLink } from '../../people/account-link.tsx'
import { PersonLink } from '../../people/person-link.tsx'
import { bare } from '../../people/person.ts'
import { Icon } from '../../ui/icons.tsx'
import { Pager, usePageArguments } from '../../ui/pager.tsx'
import { Card, Empty, Ready, Time } from '../../ui/parts.tsx'
import {
  SegmentEntries,
  type SegmentEntriesResult,
  SegmentHistory,
  type SegmentHistoryResult,
} from './history.graphql.ts'

const PAGE_SIZE = 25
const POLL_MS = 5000
const MOST_TOLD = 25

type Row = NonNullable<SegmentHistoryResult['segment']>['transitions']['nodes'][number]

export function History({ segmentKey }: { segmentKey: string }) {
  const page = usePageArguments(PAGE_SIZE)
  const { search } = usePlace()
  const isFirst = !search.has('after') && !search.has('before')
  const history = useQuery(SegmentHistory, { key: segmentKey, ...page }, { every: POLL_MS })
  const told = useEntries(segmentKey)
  return (
    <Card flush>
      <Ready query={history}>
        {({ segment }) => {
          const { nodes, pageInfo } = segment!.transitions
          const known = new Set(nodes.map(({ id }) => bare(id)))
          const rows: Row[] = [...(isFirst ? told.filter(({ id }) => !known.has(id)) : []), ...nodes]
          if (rows.length === 0) {
            return (
              <Empty title="Nobody has come or gone">
                <p>Every entry and exit will be here, with its time and its reason.</p>
              </Empty>
            )
          }
          const fresh = new Set(told.map(({ id }) => id))
          return (
            <>
              <ul className="lines">
                {rows.map((row) => (
                  <Line key={bare(row.id)} row={row} fresh={fresh.has(bare(row.id))} />
                ))}
              </ul>
              <Pager info={pageInfo} />
            </>
          )
        }}
      </Ready>
    </Card>
  )
}

function Line({ row, fresh }: { row: Row; fresh: boolean }) {
  const { id, at, kind, cause, profile, account } = row
  const [open, setOpen] = useState(false)
  const entered = kind === 'SEGMENT_ENTERED'
  return (
    <li className={`event ${fresh ? 'fresh' : ''}`}>
      <span className={`pill ${entered ? 'good' : 'warn'}`}>
        <Icon name={entered ? 'enter' : 'leave'} size={14} />
        {entered ? 'In' : 'Out'}
      </span>
      {profile && <PersonLink profile={profile} />}
      {account && <AccountLink account={account} />}
      <span className="muted wide-only">{CAUSES[cause] ?? cause}</span>
      <span className="when">
        <WhyButton open={open} onToggle={setOpen} /> <Time at={at} />
      </span>
      {open && (
        <div className="detail">
          <Reasons transitionId={`Transition:${bare(id)}`} />
        </div>
      )}
    </li>
  )
}

/** Entries since the page was opened, the last one first. */
function useEntries(key: string): Row[] {
  const [told, tell] = useTold<Row>(MOST_TOLD)
  const cursor = useRef<string>(undefined)
  useSubscription(SegmentEntries, key, {
    variables: () => ({ key, after: cursor.current }),
    onData({ segmentEntered }) {
      cursor.current = segmentEntered.cursor
      const row = rowOf(segmentEntered)
      if (row) tell(row)
    },
  })
  return told
}

function rowOf({ transitionId, at, cause, profile, account }: SegmentEntriesResult['segmentEntered']): Row | undefined {
  if (!transitionId || !at) return undefined
  return { id: bare(transitionId), at, kind: 'SEGMENT_ENTERED', cause: cause?.toLowerCase() ?? '', profile, account }
}
