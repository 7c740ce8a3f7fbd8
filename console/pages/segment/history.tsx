/** Who came in and who went out, as it happens, and why. */
import { useRef } from 'react'
import { useSubscription, useTold } from '../../client/live.ts'
import { useQuery } from '../../client/query.ts'
import { usePlace } from '../../client/router.ts'
import { ToldLine } from '../../definitions/told-line.tsx'
import { bare } from '../../people/person.ts'
import { Icon } from '../../ui/icons.tsx'
import { Pager, usePageArguments } from '../../ui/pager.tsx'
import { Card, Empty, Ready } from '../../ui/parts.tsx'
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
  const entered = row.kind === 'SEGMENT_ENTERED'
  const before = (
    <span className={`pill ${entered ? 'good' : 'warn'}`}>
      <Icon name={entered ? 'enter' : 'leave'} size={14} />
      {entered ? 'In' : 'Out'}
    </span>
  )
  return <ToldLine transition={{ ...row, id: `Transition:${bare(row.id)}` }} fresh={fresh} before={before} />
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
