import { useQuery } from './query.ts'
import type { Permission } from './schema.ts'
import { Viewer, type ViewerResult } from './viewer.graphql.ts'

/** Who is signed in; undefined until it is known. */
export function useViewer(): ViewerResult['viewer'] | undefined {
  return useQuery(Viewer, {}).data?.viewer
}

/** Whether they may do that. What they may not is not shown; the API decides all the same. */
export function useMayChange(permission: Permission): boolean {
  return useViewer()?.permissions.includes(permission) ?? false
}
