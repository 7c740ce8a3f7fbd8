import type { ReactNode } from 'react'
import { refresh, useQuery } from '../../client/query.ts'
import { request } from '../../client/request.ts'
import { here, usePlace } from '../../client/router.ts'
import type { Json } from '../../client/schema.ts'
import { useMayChange } from '../../client/viewer.ts'
import { DefinitionActions } from '../../definitions/actions.tsx'
import { Progress } from '../../definitions/progress.tsx'
import { Status } from '../../definitions/status.tsx'
import { ToldLine } from '../../definitions/told-line.tsx'
import { AccountLink } from '../../people/account-link.tsx'
import { PersonLink } from '../../people/person-link.tsx'
import { labelSentence } from '../../rules/label.ts'
import { inline, plural } from '../../ui/format.ts'
import { Pager, usePageArguments } from '../../ui/pager.tsx'
import { Card, Empty, Link, Page, Ready, ReadyPage, Tabs, Time } from '../../ui/parts.tsx'
import { attempt } from '../../ui/toast.tsx'
import type { Parameters } from '../places.ts'
import { EditLabel } from './edit.tsx'
import {
  ArchiveLabel,
  Label as LabelQuery,
  LabelAccounts,
  LabelHistory,
  type LabelHistoryResult,
  type LabelResult,
  LabelValues,
  PauseLabel,
  ResumeLabel,
} from './label.graphql.ts'

const POLL_MS = 2000
const PAGE_SIZE = 25

export type LabelData = NonNullable<LabelResult['label']>

export default function Label({ parameters }: { parameters: Parameters }) {
  const label = useQuery(LabelQuery, { key: parameters.key! }, { every: POLL_MS })
  return (
    <ReadyPage query={label}>
      {({ label: found }) => (found ? <Known label={found} /> : <Unknown name={parameters.key!} />)}
    </ReadyPage>
  )
}

function Known({ label }: { label: LabelData }) {
  const { search } = usePlace()
  const mayChange = useMayChange('define')
  const tab = search.get('tab') ?? 'values'
  const { id } = label
  const ofAccounts = label.subject === 'ACCOUNT'
  const at = (name: string | null) => here({ tab: name, after: null, before: null })
  const tabs = [
    {
      key: 'values',
      name: ofAccounts ? 'Accounts' : 'People',
      to: at(null),
      count: label[ofAccounts ? 'accounts' : 'values'].totalCount,
    },
    { key: 'history', name: 'Changes', to: at('history') },
    { key: 'rule', name: 'Rule', to: at('rule') },
  ]
  return (
    <Page
      name={label.name}
      crumbs={<Link to="/labels">Labels</Link>}
      title={
        <span className="row wrap">
          {label.name} <Status definition={label} />
        </span>
      }
      lead={label.description || labelSentence(label.rule)}
      actions={
        mayChange && (
          <DefinitionActions
            what="label"
            name={label.name}
            status={label.status}
            onPause={() =>
              void attempt(() => request(PauseLabel, { id }).then(refresh), 'Paused. Its values stay as they are.')
            }
            onResume={() => void attempt(() => request(ResumeLabel, { id }).then(refresh), 'Live again.')}
            onArchive={() => void attempt(() => request(ArchiveLabel, { id }).then(refresh), 'Archived.')}
          />
        )
      }
    >
      {!label.complete && label.status === 'ACTIVE' && <Progress id={label.id} />}
      <Tabs tabs={tabs} current={tab} label="Views of this label" />
      {tab === 'rule' ? (
        <EditLabel key={label.version} label={label} />
      ) : tab === 'history' ? (
        <History label={label} />
      ) : ofAccounts ? (
        <AccountValues label={label} />
      ) : (
        <PersonValues label={label} />
      )}
    </Page>
  )
}

function PersonValues({ label }: { label: LabelData }) {
  const page = usePageArguments(PAGE_SIZE)
  const query = useQuery(LabelValues, { key: label.key, ...page }, { every: POLL_MS })
  return (
    <Card flush>
      <Ready query={query}>
        {({ label: found }) => {
          const { nodes, pageInfo, totalCount } = found!.values
          return (
            <Values
              label={label}
              rows={nodes.map(({ profile, ...row }) => ({ ...row, who: profile && <PersonLink profile={profile} /> }))}
              foot={<Pager info={pageInfo} count={plural(totalCount, 'person', 'people')} />}
            />
          )
        }}
      </Ready>
    </Card>
  )
}

function AccountValues({ label }: { label: LabelData }) {
  const page = usePageArguments(PAGE_SIZE)
  const query = useQuery(LabelAccounts, { key: label.key, ...page }, { every: POLL_MS })
  return (
    <Card flush>
      <Ready query={query}>
        {({ label: found }) => {
          const { nodes, pageInfo, totalCount } = found!.accounts
          return (
            <Values
              label={label}
              rows={nodes.map(({ account, ...row }) => ({ ...row, who: account && <AccountLink account={account} /> }))}
              foot={<Pager info={pageInfo} count={plural(totalCount, 'account')} />}
            />
          )
        }}
      </Ready>
    </Card>
  )
}

type ValuesProps = {
  label: LabelData
  rows: { id: string; value: Json; since: string; who: ReactNode }[]
  foot: ReactNode
}

function Values({ label, rows, foot }: ValuesProps) {
  const ofAccounts = label.subject === 'ACCOUNT'
  if (rows.length === 0) {
    return (
      <Empty title={ofAccounts ? 'No account has a value' : 'Nobody has a value'}>
        <p>
          {label.complete ? 'The rule is' : 'It is still being evaluated. The rule is'}: {labelSentence(label.rule)}.
        </p>
      </Empty>
    )
  }
  return (
    <>
      <div className="table-wrap">
        <table>
          <thead>
            <tr>
              <th>{ofAccounts ? 'Account' : 'Person'}</th>
              <th>Value</th>
              <th className="right">Since</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ id, value, since, who }) => (
              <tr key={id}>
                <td>{who}</td>
                <td>
                  <span className="pill accent">{inline(value)}</span>
                </td>
                <td className="right soft">
                  <Time at={since} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {foot}
    </>
  )
}

function History({ label }: { label: LabelData }) {
  const page = usePageArguments(PAGE_SIZE)
  const history = useQuery(LabelHistory, { key: label.key, ...page }, { every: POLL_MS })
  return (
    <Card flush>
      <Ready query={history}>
        {({ label: found }) => {
          const { nodes, pageInfo } = found!.transitions
          if (nodes.length === 0) {
            return (
              <Empty title="No value has changed yet">
                <p>Every change will be here, with its time and its reason.</p>
              </Empty>
            )
          }
          return (
            <>
              <ul className="lines">
                {nodes.map((change) => (
                  <Change key={change.id} change={change} />
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

type ChangeRow = NonNullable<LabelHistoryResult['label']>['transitions']['nodes'][number]

function Change({ change }: { change: ChangeRow }) {
  const { fromValue, toValue } = change
  return (
    <ToldLine transition={change}>
      <span className="soft">
        {fromValue !== null && `${inline(fromValue)} → `}
        <b>{inline(toValue)}</b>
      </span>
    </ToldLine>
  )
}

function Unknown({ name }: { name: string }) {
  return (
    <Page title="No such label" name="No such label">
      <Empty title={name}>
        <p>
          There is none with this key. <Link to="/labels">All labels</Link>
        </p>
      </Empty>
    </Page>
  )
}
