import { useQuery } from '../../client/query.ts'
import { AccountLink } from '../../people/account-link.tsx'
import { sentence } from '../../rules/sentence.ts'
import { plural } from '../../ui/format.ts'
import { Pager, usePageArguments } from '../../ui/pager.tsx'
import { Card, Empty, Ready, Time } from '../../ui/parts.tsx'
import { AsOf, useAsOf } from './as-of.tsx'
import { MembersFile } from './members-file.tsx'
import { AccountMembers as AccountMembersQuery } from './segment.graphql.ts'
import type { SegmentData } from './segment.tsx'

const POLL_MS = 2000
const PAGE_SIZE = 25

/** The accounts in a segment of accounts. */
export function AccountMembers({ segment }: { segment: SegmentData }) {
  const page = usePageArguments(PAGE_SIZE)
  const asOf = useAsOf()
  const query = useQuery(
    AccountMembersQuery,
    { key: segment.key, asOf, ...page },
    { every: asOf ? undefined : POLL_MS },
  )
  return (
    <Card
      title={asOf ? `Which were in it on ${new Date(asOf).toLocaleString()}` : 'Which are in it now'}
      flush
      actions={
        <div className="row wrap">
          <AsOf />
          <MembersFile segment={segment} asOf={asOf} />
        </div>
      }
    >
      <Ready query={query}>
        {({ segment: found }) => {
          const { nodes, pageInfo } = found!.accounts
          if (nodes.length === 0) {
            return (
              <Empty title={asOf ? 'None was in it then' : 'None is in it'}>
                <p>The rule is: {sentence(segment.rule)}.</p>
              </Empty>
            )
          }
          return (
            <>
              <div className="table-wrap">
                <table>
                  <thead>
                    <tr>
                      <th>Account</th>
                      <th className="wide-only">Industry</th>
                      <th className="right">In it since</th>
                    </tr>
                  </thead>
                  <tbody>
                    {nodes.map(({ id, since, account }) => (
                      <tr key={id}>
                        <td>{account && <AccountLink account={account} />}</td>
                        <td className="soft wide-only">{account?.industry}</td>
                        <td className="right soft">
                          <Time at={since} />
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
              <Pager info={pageInfo} count={asOf ? undefined : plural(segment.size, 'account')} />
            </>
          )
        }}
      </Ready>
    </Card>
  )
}
