import { here, usePlace } from '../client/router.ts'
import { Icon } from './icons.tsx'
import { Link } from './parts.tsx'

export type PageInfo = {
  hasNextPage: boolean
  hasPreviousPage: boolean
  startCursor: string | null
  endCursor: string | null
}

/** Variables of a connection for the page that the URL asks for. */
export function usePageArguments(size: number): { first?: number; after?: string; last?: number; before?: string } {
  const { search } = usePlace()
  const before = search.get('before')
  if (before) return { last: size, before }
  return { first: size, after: search.get('after') ?? undefined }
}

/** How many there are, where that is known, and links to the page before and after; each is an address of its own. */
export function Pager({ info, count }: { info: PageInfo; count?: string }) {
  if (count === undefined && !info.hasNextPage && !info.hasPreviousPage) return null
  return (
    <div className="table-foot">
      <span className="number">{count}</span>
      <span className="row">
        {info.hasPreviousPage && (
          <Link
            className="button small"
            to={here({ before: info.startCursor, after: null })}
            aria-label="Previous page"
          >
            <Icon name="back" size={14} /> Previous
          </Link>
        )}
        {info.hasNextPage && (
          <Link className="button small" to={here({ after: info.endCursor, before: null })} aria-label="Next page">
            Next <Icon name="next" size={14} />
          </Link>
        )}
      </span>
    </div>
  )
}
