import { useQuery } from '../../client/query.ts'
import { namesNothing } from '../../client/request.ts'
import { OwnRecords } from '../../people/own-records.tsx'
import { PersonLink } from '../../people/person-link.tsx'
import { bare } from '../../people/person.ts'
import { isObject } from '../../rules/model.ts'
import { inline, money, number, words } from '../../ui/format.ts'
import { Avatar, Card, Empty, Link, Page, ReadyPage, Time } from '../../ui/parts.tsx'
import { RecordTable } from '../../ui/record-table.tsx'
import type { Parameters } from '../places.ts'
import { Account as AccountQuery, type AccountResult } from './account.graphql.ts'

const POLL_MS = 5000

type AccountData = NonNullable<AccountResult['account']>

export default function Account({ parameters }: { parameters: Parameters }) {
  const account = useQuery(AccountQuery, { id: parameters.id! }, { every: POLL_MS })
  if (namesNothing(account.error)) return <Unknown id={parameters.id!} />
  return (
    <ReadyPage query={account}>
      {({ account: found, objects }) =>
        found ? <Known account={found} objects={objects.nodes} /> : <Unknown id={parameters.id!} />
      }
    </ReadyPage>
  )
}

function Unknown({ id }: { id: string }) {
  return (
    <Page title="No such account" name="No such account">
      <Empty title={id}>
        <p>
          There is none with this id. <Link to="/accounts">All accounts</Link>
        </p>
      </Empty>
    </Page>
  )
}

type Objects = AccountResult['objects']['nodes']

function Known({ account, objects }: { account: AccountData; objects: Objects }) {
  return (
    <Page
      name={account.name}
      crumbs={
        <>
          <Link to="/accounts">Accounts</Link>
          {account.parent && (
            <>
              <span>/</span>
              <Link to={`/accounts/${bare(account.parent.id)}`}>{account.parent.name}</Link>
            </>
          )}
        </>
      }
      title={
        <span className="row">
          <Avatar name={account.name} large square /> {account.name}
        </span>
      }
    >
      <div className="grid-2">
        <div className="stack">
          <People account={account} />
          <Records account={account} objects={objects} />
        </div>
        <div className="stack">
          <Card title="What is known">
            <Facts account={account} />
          </Card>
          <Card title="Labels and segments">
            <Computed account={account} />
          </Card>
          {(account.parent || account.children.nodes.length > 0) && (
            <Card title="Hierarchy">
              <Hierarchy account={account} />
            </Card>
          )}
        </div>
      </div>
    </Page>
  )
}

function People({ account }: { account: AccountData }) {
  const { nodes, totalCount } = account.profiles
  return (
    <Card title={`People (${number(totalCount)})`} flush>
      {nodes.length === 0 ? (
        <Empty title="Nobody is known here">
          <p>A contact record that names this account and somebody’s e-mail, phone or user id puts them here.</p>
        </Empty>
      ) : (
        <ul className="lines">
          {nodes.map((profile) => (
            <li key={profile.id}>
              <span className="who">
                <PersonLink profile={profile} detail />
              </span>
              <span className="soft wide-only">{profile.contacts.nodes[0]?.title}</span>
              <span className="when">
                <Time at={profile.lastSeen} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

function Facts({ account }: { account: AccountData }) {
  const custom = isObject(account.custom) ? Object.entries(account.custom) : []
  const facts: [string, unknown][] = [
    ['Domain', account.domain],
    ['Industry', account.industry],
    ['Employees', account.employees],
    ['Owner', account.owner],
    ['Your id', account.externalId],
    ...custom,
  ]
  return (
    <dl className="facts">
      {facts
        .filter(([, value]) => value !== null && value !== undefined)
        .map(([name, value]) => (
          <div key={name} className="contents">
            <dt>{name}</dt>
            <dd>{inline(value)}</dd>
          </div>
        ))}
      <dt>Since</dt>
      <dd>
        <Time at={account.createdAt} />
      </dd>
    </dl>
  )
}

/** What Kith computes of the account itself; what it computes of its people is theirs. */
function Computed({ account }: { account: AccountData }) {
  const segments = account.segments.nodes
  const labels = account.labels.nodes
  if (segments.length + labels.length === 0) {
    return <p className="soft">It is in no segment of accounts, and has no label.</p>
  }
  return (
    <dl className="facts">
      {labels.map(({ id, value, label }) => (
        <div key={id} className="contents">
          <dt>{label && <Link to={`/labels/${label.key}`}>{label.name}</Link>}</dt>
          <dd>{inline(value)}</dd>
        </div>
      ))}
      {segments.map(({ id, since, segment }) => (
        <div key={id} className="contents">
          <dt>{segment && <Link to={`/segments/${segment.key}`}>{segment.name}</Link>}</dt>
          <dd>
            since <Time at={since} />
          </dd>
        </div>
      ))}
    </dl>
  )
}

function Hierarchy({ account }: { account: AccountData }) {
  const children = (
    <ul className="tree">
      <li>
        <b>{account.name}</b>
        {account.children.nodes.length > 0 && (
          <ul>
            {account.children.nodes.map(({ id, name }) => (
              <li key={id}>
                <Link to={`/accounts/${bare(id)}`}>{name}</Link>
              </li>
            ))}
          </ul>
        )}
      </li>
    </ul>
  )
  if (!account.parent) return children
  return (
    <ul className="tree">
      <li>
        <Link to={`/accounts/${bare(account.parent.id)}`}>{account.parent.name}</Link>
        {children}
      </li>
    </ul>
  )
}

function Records({ account, objects }: { account: AccountData; objects: Objects }) {
  return (
    <>
      <RecordTable
        title="Opportunities"
        columns={['Name', 'Stage', 'Amount', 'Closes']}
        rows={account.opportunities.nodes.map((one) => ({
          id: one.id,
          cells: [one.name, one.stage, money(one.amount, one.currency), one.closeDate],
        }))}
      />
      <RecordTable
        title="Contracts"
        columns={['Name', 'Status', 'Amount', 'Ends']}
        rows={account.contracts.nodes.map((one) => ({
          id: one.id,
          cells: [one.name, one.status, money(one.amount, one.currency), one.endsAt && <Time at={one.endsAt} />],
        }))}
      />
      <RecordTable
        title="Orders"
        columns={['Number', 'Status', 'Amount', 'Placed']}
        rows={account.orders.nodes.map((one) => ({
          id: one.id,
          cells: [one.number, one.status, money(one.amount, one.currency), <Time key="at" at={one.placedAt} />],
        }))}
      />
      <RecordTable
        title="Tickets"
        columns={['Subject', 'Status', 'Priority', 'Opened']}
        rows={account.tickets.nodes.map((one) => ({
          id: one.id,
          cells: [one.subject, one.status, one.priority, one.openedAt && <Time at={one.openedAt} />],
        }))}
      />
      <OwnRecords records={account.records.nodes} objects={objects} />
      <RecordTable
        title="Activities"
        columns={['Kind', 'Subject', 'Owner', 'When']}
        rows={account.activities.nodes.map((one) => ({
          id: one.id,
          cells: [words(one.kind), one.subject, one.owner, <Time key="at" at={one.occurredAt} />],
        }))}
      />
    </>
  )
}
