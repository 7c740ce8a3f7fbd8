import { useQuery } from '../../client/query.ts'
import { OwnRecords } from '../../people/own-records.tsx'
import { bare } from '../../people/person.ts'
import { money, plural } from '../../ui/format.ts'
import { Card, Empty, Link, Ready, Time } from '../../ui/parts.tsx'
import { RecordTable } from '../../ui/record-table.tsx'
import { Records as RecordsQuery, type RecordsResult } from './person.graphql.ts'

type Profile = NonNullable<RecordsResult['profile']>

/** What the CRM says, kind by kind; kinds without a record are left out. */
export function Records({ id }: { id: string }) {
  const records = useQuery(RecordsQuery, { id })
  return (
    <Ready query={records}>
      {({ profile, objects }) => profile && <Kinds profile={profile} objects={objects.nodes} />}
    </Ready>
  )
}

function Kinds({ profile, objects }: { profile: Profile; objects: RecordsResult['objects']['nodes'] }) {
  const { contacts, leads, opportunities, orders, contracts, memberships, tickets, records } = profile
  const kinds = [
    orders.nodes.length > 0 && <Orders key="orders" orders={orders} />,
    <RecordTable
      key="contacts"
      title="Contacts"
      columns={['Name', 'Account', 'Title', 'Stage', 'Owner']}
      rows={contacts.nodes.map((one) => ({
        id: one.id,
        cells: [
          [one.firstName, one.lastName].filter(Boolean).join(' ') || one.email,
          one.account && <Link to={`/accounts/${bare(one.account.id)}`}>{one.account.name}</Link>,
          one.title,
          one.stage,
          one.owner,
        ],
      }))}
    />,
    <RecordTable
      key="leads"
      title="Leads"
      columns={['Company', 'Status', 'Origin', 'Score', 'Owner']}
      rows={leads.nodes.map((one) => ({
        id: one.id,
        cells: [one.company, one.status, one.origin, one.score, one.owner],
      }))}
    />,
    <RecordTable
      key="opportunities"
      title="Opportunities"
      columns={['Name', 'Stage', 'Amount', 'Closes']}
      rows={opportunities.nodes.map((one) => ({
        id: one.id,
        cells: [one.name, one.stage, money(one.amount, one.currency), one.closeDate],
      }))}
    />,
    <RecordTable
      key="contracts"
      title="Contracts"
      columns={['Name', 'Status', 'Amount', 'Ends']}
      rows={contracts.nodes.map((one) => ({
        id: one.id,
        cells: [one.name, one.status, money(one.amount, one.currency), one.endsAt && <Time at={one.endsAt} />],
      }))}
    />,
    <RecordTable
      key="memberships"
      title="Memberships"
      columns={['Programme', 'Tier', 'Points', 'Status']}
      rows={memberships.nodes.map((one) => ({ id: one.id, cells: [one.program, one.tier, one.points, one.status] }))}
    />,
    <RecordTable
      key="tickets"
      title="Tickets"
      columns={['Subject', 'Status', 'Priority', 'Opened']}
      rows={tickets.nodes.map((one) => ({
        id: one.id,
        cells: [one.subject, one.status, one.priority, one.openedAt && <Time at={one.openedAt} />],
      }))}
    />,
    <OwnRecords key="own" records={records.nodes} objects={objects} />,
  ]
  const count = [contacts, leads, opportunities, orders, contracts, memberships, tickets, records].reduce(
    (sum, { nodes }) => sum + nodes.length,
    0,
  )
  if (count === 0) {
    return (
      <Card>
        <Empty title="No records">
          <p>
            Contacts, leads, orders, contracts, memberships, tickets and records of your own objects that name one of
            this person’s identifiers will be here.
          </p>
        </Empty>
      </Card>
    )
  }
  return <div className="stack">{kinds}</div>
}

function Orders({ orders }: { orders: Profile['orders'] }) {
  return (
    <Card title={plural(orders.totalCount, 'order')} flush>
      <ul className="lines">
        {orders.nodes.map((order) => (
          <li key={order.id} className="order">
            <div className="what">
              <b>{order.number ?? 'Order'}</b> <span className="pill">{order.status}</span>
              <p className="soft truncate">
                {order.items.nodes
                  .map(
                    (item) =>
                      `${Number(item.quantity) === 1 ? '' : `${Number(item.quantity)} × `}${item.name ?? item.sku}`,
                  )
                  .join(', ')}
              </p>
            </div>
            <span className="number">{money(order.amount, order.currency)}</span>
            <span className="when">
              <Time at={order.placedAt} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  )
}
