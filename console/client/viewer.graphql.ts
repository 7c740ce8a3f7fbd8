// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from './document.ts'

export type ViewerResult = {
  viewer: {
    scopes: (string)[]
    tenant: {
      id: string
      name: string
      slug: string
      timezone: string
    }
  }
}
export type ViewerVariables = {}
export const Viewer: Document<ViewerResult, ViewerVariables> = {
  name: 'Viewer',
  text: "query Viewer{viewer{scopes tenant{id name slug timezone}}}",
}
