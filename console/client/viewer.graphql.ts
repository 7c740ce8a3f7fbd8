// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from './document.ts'
import type { Permission, Role } from './schema.ts'

export type ViewerResult = {
  viewer: {
    scopes: (string)[]
    permissions: (Permission)[]
    member: {
      id: string
      email: string
      name: string
      role: Role
    } | null
    tenants: ({
      id: string
      name: string
    })[]
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
  text: "query Viewer{viewer{scopes permissions member{id email name role}tenants{id name}tenant{id name slug timezone}}}",
}
