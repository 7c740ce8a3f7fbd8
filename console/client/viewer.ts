import { useQuery } from './query.ts'
import { Viewer, type ViewerResult } from './viewer.graphql.ts'

/** Who is signed in; undefined until it is known. */
export function useViewer(): ViewerResult['viewer'] | undefined {
  return useQuery(Viewer, {}).data?.viewer
}

/** Whether the key may change definitions. Buttons that it may not press are not shown; the API decides all the same. */
export function useMayChange(): boolean {
  return useViewer()?.scopes.includes('admin') ?? false
}
