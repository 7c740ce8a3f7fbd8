import { useEffect, useRef, useState } from 'react'
import { request } from '../../client/request.ts'
import { bare, personName } from '../../people/person.ts'
import { toPerson } from '../../people/person-link.tsx'
import { toCsv } from '../../ui/csv.ts'
import { number } from '../../ui/format.ts'
import { saveFile } from '../../ui/save-file.ts'
import { attempt, toast } from '../../ui/toast.tsx'
import { MembersFile as MembersFileQuery, type MembersFileResult } from './segment.graphql.ts'

const PAGE_SIZE = 100
/** What a browser should hold and a spreadsheet opens; SQL gives more. */
const MOST = 50_000

type Member = NonNullable<MembersFileResult['segment']>['members']['nodes'][number]

/** Everybody in the segment as a CSV file, page by page; leaving the page ends it. */
export function MembersFile({ segmentKey, asOf }: { segmentKey: string; asOf: string | undefined }) {
  const [read, setRead] = useState<number>()
  const left = useRef(new AbortController())
  useEffect(() => {
    const here = new AbortController()
    left.current = here
    return () => here.abort()
  }, [])

  async function download() {
    const { signal } = left.current
    setRead(0)
    try {
      const { members, isCut } = await walk(segmentKey, asOf, signal, setRead)
      saveFile(`${segmentKey}.csv`, 'text/csv', toCsv(COLUMNS, members.map(row)))
      if (isCut)
        toast(`The file has the first ${number(members.length)} only. All are in the SQL view segment_members.`, {
          bad: true,
        })
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      if (!signal.aborted) setRead(undefined)
    }
  }

  return (
    <button
      type="button"
      className="button small"
      disabled={read !== undefined}
      onClick={() => void attempt(download)}
      title={`A line per person, ${number(MOST)} at most`}
    >
      {read === undefined ? 'Download CSV' : `${number(read)} read …`}
    </button>
  )
}

async function walk(key: string, asOf: string | undefined, signal: AbortSignal, told: (read: number) => void) {
  const members: Member[] = []
  let after: string | null = null
  do {
    const page: MembersFileResult = await request(MembersFileQuery, { key, asOf, first: PAGE_SIZE, after }, { signal })
    if (!page.segment) break
    const { nodes, pageInfo } = page.segment.members
    members.push(...nodes)
    told(members.length)
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null
  } while (after !== null && members.length < MOST)
  return { members, isCut: after !== null }
}

const COLUMNS = ['id', 'name', 'email', 'user_id', 'phone', 'in_since', 'last_seen'].map((name) => ({ name }))

function row({ since, profile }: Member): unknown[] {
  if (!profile) return ['', '', '', '', '', since, '']
  const named = (type: string) => profile.identifiers.nodes.find((one) => one.type === type)?.value
  const person = toPerson({ ...profile, contacts: { nodes: [] } })
  const values = [bare(profile.id), personName(person), named('email'), named('user_id'), named('phone')]
  return [...values, since, profile.lastSeen]
}
