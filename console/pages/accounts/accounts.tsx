import { useQuery } from '../../client/query.ts'
import { navigate, usePlace } from '../../client/router.ts'
import type { AccountFilter, AccountOrder } from '../../client/schema.ts'
import { bare } from '../../people/person.ts'
import { Choice } from '../../ui/choice.tsx'
import { compact, number, plural } from '../../ui/format.ts'
import { Pager, usePageArguments } from '../../ui/pager.tsx'
import { Avatar, Card, Empty, Link, Page, Ready } from '../../ui/parts.tsx'
import { SearchField } from '../../ui/search-field.tsx'
import { Accounts as AccountsQuery, type AccountsResult } from './accounts.graphql.ts'

const PAGE_SIZE = 25
const POLL_MS = 10_000

const ORDERS: Record<string, { name: string; by: AccountOrder[] }> = {
  '': { name: 'By name', by: [{ field: 'name', direction: 'ASC' }] },
  changed: { name: 'Last changed first', by: [{ field: 'updatedAt', direction: 'DESC' }] },
  large: { name: 'Most employees first', by: [{ field: 'employees', direction: 'DESC' }] },
}

export default function Accounts() {
  const { search } = usePlace()
  const text = search.get('q') ?? ''
  const filter: AccountFilter | undefined = text
    ? {
        or: [
          { name: { contains: text, ignoreCase: true } },
          { domain: { contains: text.toLowerCase() } },
          { externalId: { eq: text } },
        ],
      }
    : undefined
  const orderBy = (ORDERS[search.get('order') ?? ''] ?? ORDERS['']!).by
  const accounts = useQuery(AccountsQuery, { filter, orderBy, ...usePageArguments(PAGE_SIZE) }, { every: POLL_MS })
  return (
    <Page title="Accounts" name="Accounts" lead="The enterprises you deal with, and who works there.">
      <div className="filters">
        <SearchField label="Find by name, domain or id" />
        <Choice
          label="Order"
          parameter="order"
          options={Object.entries(ORDERS).map(([value, { name }]) => ({ value, name }))}
        />
      </div>
      <Card flush>
        <Ready query={accounts}>
          {(data) =>
            data.accounts.nodes.length === 0 ? (
              <Empty title={text ? 'No account fits' : 'No account yet'}>
                <p>
                  Accounts are CRM records: <code>upsertAccounts</code> in GraphQL, a <code>group</code> call of an SDK,
                  or rows written with <Link to="/sql">SQL</Link>. People come to them by their contacts.
                </p>
              </Empty>
            ) : (
              <>
                <Table accounts={data.accounts.nodes} />
                <Pager info={data.accounts.pageInfo} count={plural(data.accounts.totalCount, 'account')} />
              </>
            )
          }
        </Ready>
      </Card>
    </Page>
  )
}

function Table({ accounts }: { accounts: AccountsResult['accounts']['nodes'] }) {
  return (
    <div className="table-wrap">
      <table>
        <thead>
          <tr>
            <th>Account</th>
            <th className="wide-only">Industry</th>
            <th className="wide-only">Part of</th>
            <th className="wide-only">Owner</th>
            <th className="right wide-only">Employees</th>
            <th className="right">People known</th>
          </tr>
        </thead>
        <tbody>
          {accounts.map((account) => {
            const path = `/accounts/${bare(account.id)}`
            return (
              <tr key={account.id} className="linked" onClick={() => navigate(path)}>
                <td>
                  <Link to={path} className="person">
                    <Avatar name={account.name} square />
                    <span>
                      <b className="truncate">{account.name}</b>
                      {account.domain && <span className="muted fine truncate">{account.domain}</span>}
                    </span>
                  </Link>
                </td>
                <td className="wide-only soft">{account.industry ?? '–'}</td>
                <td className="wide-only soft">{account.parent?.name ?? '–'}</td>
                <td className="wide-only soft">{account.owner ?? '–'}</td>
                <td className="right wide-only soft">{account.employees === null ? '–' : number(account.employees)}</td>
                <td className="right">{compact(account.profiles.totalCount)}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}
