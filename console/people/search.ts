import type { ProfileFilter } from '../client/schema.ts'

/** People whom a text may mean: by the beginning of an identifier, or by name. Addresses are kept in lower case. */
export function searchFilter(text: string): ProfileFilter | undefined {
  const wanted = text.trim()
  if (wanted === '') return undefined
  const beginnings = [...new Set([wanted, wanted.toLowerCase()])]
  return {
    or: [
      ...beginnings.map((startsWith) => ({ identifier: { startsWith } })),
      ...['name', 'firstName', 'lastName'].map((path) => ({ traits: [{ path, contains: wanted, ignoreCase: true }] })),
    ],
  }
}
