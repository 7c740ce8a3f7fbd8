import { useQuery } from '../../client/query.ts'
import { plural } from '../../ui/format.ts'
import { FieldCheck, type ModelResult } from './model.graphql.ts'

export type Field = ModelResult['fields']['nodes'][number]

/** How many stored rows do not fit a field as it is. */
export function Violations({ id }: { id: string }) {
  const check = useQuery(FieldCheck, { ids: [id] })
  const [node] = check.data?.nodes ?? []
  if (!node || !('violations' in node)) return null
  const { count } = node.violations
  return (
    <p className="soft">
      {count === 0 ? 'All stored rows fit.' : `${plural(count, 'stored row')} ${count === 1 ? 'does' : 'do'} not fit.`}
    </p>
  )
}
