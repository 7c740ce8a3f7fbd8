import { useEffect, useRef, useState } from 'react'
import { request } from '../../client/request.ts'
import { bare, personName } from '../../people/person.ts'
import { toPerson } from '../../people/person-link.tsx'
import { toCsv } from '../../ui/csv.ts'
import { number } from '../../ui/format.ts'
import { saveFile } from '../../ui/save-file.ts'
import { attempt, toast } from '../../ui/toast.tsx'
import {
  AccountsFile as AccountsFileQuery,
  type AccountsFileResult,
  MembersFile as MembersFileQuery,
  type MembersFileResult,
  type MembersFileVariables,
} from './segment.graphql.ts'
import type { SegmentData } from './segment.tsx'

const PAGE_SIZE = 100
/** What a browser should hold and a spreadsheet opens; SQL gives more. */
const MOST = 50_000

type Member = NonNullable<MembersFileResult['segment']>['members']['nodes'][number]
type AccountMember = NonNullable<AccountsFileResult['segment']>['accounts']['nodes'][number]
type Lines = { lines: unknown[][]; pageInfo: { hasNextPage: boolean; endCursor: string | null } }

/** What the file of a segment is made of. */
type Kind = {
  one: string
  /** Where SQL finds them all. */
  view: string
  columns: string[]
  /** A page of it; null where the segment is gone. */
  read(asked: MembersFileVariables, signal: AbortSignal): Promise<Lines | null>
}

const PEOPLE: Kind = {
  one: 'person',
  view: 'segment_members',
  columns: ['id', 'name', 'email', 'user_id', 'phone', 'in_since', 'last_seen'],
  async read(asked, signal) {
    const { segment }: MembersFileResult = await request(MembersFileQuery, asked, { signal })
    return segment && { lines: segment.members.nodes.map(personLine), pageInfo: segment.members.pageInfo }
  },
}

const ACCOUNTS: Kind = {
  one: 'account',
  view: 'segment_accounts',
  columns: ['id', 'name', 'external_id', 'domain', 'industry', 'employees', 'owner', 'in_since'],
  async read(asked, signal) {
    const { segment }: AccountsFileResult = await request(AccountsFileQuery, asked, { signal })
    return segment && { lines: segment.accounts.nodes.map(accountLine), pageInfo: segment.accounts.pageInfo }
  },
}

type Props = { segment: Pick<SegmentData, 'key' | 'subject'>; asOf: string | undefined }

/** Everybody in the segment as a CSV file, page by page; leaving the page ends it. */
export function MembersFile({ segment: { key, subject }, asOf }: Props) {
  const kind = subject === 'ACCOUNT' ? ACCOUNTS : PEOPLE
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
      const { lines, isCut } = await walk(kind, { key, asOf }, signal, setRead)
      const columns = kind.columns.map((name) => ({ name }))
      saveFile(`${key}.csv`, 'text/csv', toCsv(columns, lines))
      if (isCut)
        toast(`The file has the first ${number(lines.length)} only. All are in the SQL view ${kind.view}.`, {
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
      title={`A line per ${kind.one}, ${number(MOST)} at most`}
    >
      {read === undefined ? 'Download CSV' : `${number(read)} read …`}
    </button>
  )
}

type Which = Pick<MembersFileVariables, 'key' | 'asOf'>

async function walk(kind: Kind, which: Which, signal: AbortSignal, told: (read: number) => void) {
  const lines: unknown[][] = []
  let after: string | null = null
  do {
    const page: Lines | null = await kind.read({ ...which, first: PAGE_SIZE, after }, signal)
    if (!page) break
    lines.push(...page.lines)
    told(lines.length)
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
  } while (after !== null && lines.length < MOST)
  return { lines, isCut: after !== null }
}

function personLine({ since, profile }: Member): unknown[] {
  if (!profile) return ['', '', '', '', '', since, '']
  const named = (type: string) => profile.identifiers.nodes.find((one) => one.type === type)?.value
  const person = toPerson({ ...profile, contacts: { nodes: [] } })
  const values = [bare(profile.id), personName(person), named('email'), named('user_id'), named('phone')]
  return [...values, since, profile.lastSeen]
}

function accountLine({ since, account }: AccountMember): unknown[] {
  if (!account) return ['', '', '', '', '', '', '', since]
  const { id, name, externalId, domain, industry, employees, owner } = account
  return [bare(id), name, externalId, domain, industry, employees, owner, since]
}
