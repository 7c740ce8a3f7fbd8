/** Who has just entered or left a segment: what there was when the page was opened, and what has been told since. */
import { useRef, useState } from 'react'
import { type LiveState, useSubscription, useTold } from '../../client/live.ts'
import { useQuery } from '../../client/query.ts'
import { bare } from '../../people/person.ts'
import { LatestMoves, Moves, type MovesResult } from './home.graphql.ts'

const MOST_SHOWN = 40

type Message = MovesResult['feed']
export type Move = {
  id: string
  at: string
  entered: boolean
  key: string
  cause: string
  /** Who: one of the two. */
  profile: Message['profile']
  account: Message['account']
  /** Told after the page was opened. */
  fresh: boolean
}

export function useMoves(): { moves: Move[] | undefined; state: LiveState; missed: number } {
  const latest = useQuery(LatestMoves, {})
  const [told, tell] = useTold<Move>(MOST_SHOWN)
  const [missed, setMissed] = useState(0)
  const cursor = useRef<string>(undefined)
  const state = useSubscription(Moves, '', {
    variables: () => ({ after: cursor.current }),
    onData({ feed }) {
      cursor.current = feed.cursor
      if (feed.gap) setMissed((count) => count + Number(feed.gap!.missed))
      const move = toMove(feed)
      if (move) tell(move)
    },
  })

  const before = latest.data?.transitions.nodes.flatMap((transition): Move[] => {
    const { id, at, kind, cause, segment, profile, account } = transition
    if (!(profile || account) || !segment) return []
    const entered = kind === 'SEGMENT_ENTERED'
    return [{ id: bare(id), at, entered, key: segment.key, cause, profile, account, fresh: false }]
  })
  const known = new Set(told.map(({ id }) => id))
  const moves = before && [...told, ...before.filter(({ id }) => !known.has(id))].slice(0, MOST_SHOWN)
  return { moves, state, missed }
}

function toMove({ transitionId, at, kind, key, cause, profile, account }: Message): Move | undefined {
  if (!transitionId || !at || !key || !(profile || account)) return undefined
  const entered = kind === 'SEGMENT_ENTERED'
  return { id: bare(transitionId), at, entered, key, cause: cause?.toLowerCase() ?? '', profile, account, fresh: true }
}
