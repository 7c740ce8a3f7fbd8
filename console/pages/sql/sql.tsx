import { useViewer } from '../../client/viewer.ts'
import { Card, Code, Page } from '../../ui/parts.tsx'
import { EXAMPLES, VIEWS } from './views.ts'

/** How to connect, and what there is to read. docs/sql.md says the same at length. */
export default function Sql() {
  const slug = useViewer()?.tenant.slug ?? 'tenant'
  return (
    <Page
      title="SQL"
      name="SQL"
      lead="Everything Kith knows is rows in Postgres. Read them with psql, a BI tool or dbt, through views that keep their columns."
    >
      <Card title="Connect">
        <div className="stack">
          <p>
            An operator makes a role for you, on the machine that Kith runs on. It is told once, reads the views of this
            tenant only, and can change nothing.
          </p>
          <Code text={`npm run sql-role -- ${slug} analyst`} />
          <p>Then connect with the address that this prints. The views are found without a prefix.</p>
          <Code text={'psql "postgres://analyst:...@host:port/kith"'} />
        </div>
      </Card>
      <Card title="Views" flush>
        <div className="table-wrap">
          <table>
            <thead>
              <tr>
                <th>View</th>
                <th>A row is</th>
              </tr>
            </thead>
            <tbody>
              {VIEWS.map(({ name, text }) => (
                <tr key={name}>
                  <td>
                    <code>{name}</code>
                  </td>
                  <td className="soft">{text}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Card>
      <Card title="To begin with">
        <div className="stack">
          {EXAMPLES.map(({ title, text }) => (
            <div key={title} className="stack tight">
              <h3>{title}</h3>
              <Code text={text} />
            </div>
          ))}
        </div>
      </Card>
    </Page>
  )
}
