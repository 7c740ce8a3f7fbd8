import { useQuery } from '../../client/query.ts'
import { here } from '../../client/router.ts'
import { useViewer } from '../../client/viewer.ts'
import { Card, Code, Link, Page, Ready } from '../../ui/parts.tsx'
import { Box } from './box.tsx'
import { SqlViews } from './sql.graphql.ts'
import { EXAMPLES, VIEWS } from './views.ts'
import './sql.css'

/** A query box, what there is to read, and how to connect. docs/sql.md says the same at length. */
export default function Sql() {
  return (
    <Page
      title="SQL"
      name="SQL"
      lead="Everything Kith knows is rows in Postgres. Read them here, or with psql, a BI tool or dbt, through views that keep their columns."
    >
      <Box />
      <Card title="To begin with" flush>
        <ul className="lines">
          {EXAMPLES.map(({ title, text }) => (
            <li key={title}>
              <Link to={here({ query: text })}>{title}</Link>
            </li>
          ))}
        </ul>
      </Card>
      <Views />
      <Connect />
    </Page>
  )
}

function Views() {
  const views = useQuery(SqlViews, {})
  return (
    <Card title="Views" flush>
      <Ready query={views}>
        {({ sqlViews }) => (
          <div className="sql-views">
            {sqlViews.map(({ name, columns }) => (
              <details key={name}>
                <summary>
                  <code>{name}</code>
                  <span className="soft">{VIEWS.find((view) => view.name === name)?.text}</span>
                </summary>
                <ul className="columns">
                  {columns.map((column) => (
                    <li key={column.name}>
                      <code>{column.name}</code> <span className="muted">{column.type}</span>
                    </li>
                  ))}
                  <li>
                    <Link to={here({ query: `SELECT * FROM ${name} LIMIT 100` })}>Look at some rows</Link>
                  </li>
                </ul>
              </details>
            ))}
          </div>
        )}
      </Ready>
    </Card>
  )
}

function Connect() {
  const slug = useViewer()?.tenant.slug ?? 'tenant'
  return (
    <Card title="Connect with a client of your own">
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
  )
}
