// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from '../../client/document.ts'
import type { CreatePostgresSourceInput, Json, PostgresSourceStatus, PreviewPostgresSourceInput, PullPostgresSourceInput, UpdatePostgresSourceInput } from '../../client/schema.ts'

export type PostgresSourcesResult = {
  postgresSources: ({
    source: {
      id: string
      name: string
    } | null
    schema: string
    table: string
    cursor: string
    id: string
    mapping: string
    everySeconds: number
    status: PostgresSourceStatus
    position: Json | null
    rows: number
    stored: number
    records: number
    dead: number
    error: string | null
    failures: number
    pulledAt: string | null
    nextAt: string
  })[]
}
export type PostgresSourcesVariables = {}
export const PostgresSources: Document<PostgresSourcesResult, PostgresSourcesVariables> = {
  name: 'PostgresSources',
  text: "query PostgresSources{postgresSources{source{id name}schema table cursor id mapping everySeconds status position rows stored records dead error failures pulledAt nextAt}}",
}

export type PreviewPostgresSourceResult = {
  previewPostgresSource: {
    rows: ({
      row: Json
      events: (Json)[]
      records: (Json)[]
      problems: ({
        part: string
        index: number
        code: string
        reason: string
      })[]
    })[]
  }
}
export type PreviewPostgresSourceVariables = {
  input: PreviewPostgresSourceInput
}
export const PreviewPostgresSource: Document<PreviewPostgresSourceResult, PreviewPostgresSourceVariables> = {
  name: 'PreviewPostgresSource',
  text: "mutation PreviewPostgresSource($input:PreviewPostgresSourceInput!){previewPostgresSource(input:$input){rows{row events records problems{part index code reason}}}}",
}

export type CreatePostgresSourceResult = {
  createPostgresSource: {
    postgresSource: {
      source: {
        id: string
      } | null
    }
  }
}
export type CreatePostgresSourceVariables = {
  input: CreatePostgresSourceInput
}
export const CreatePostgresSource: Document<CreatePostgresSourceResult, CreatePostgresSourceVariables> = {
  name: 'CreatePostgresSource',
  text: "mutation CreatePostgresSource($input:CreatePostgresSourceInput!){createPostgresSource(input:$input){postgresSource{source{id}}}}",
}

export type UpdatePostgresSourceResult = {
  updatePostgresSource: {
    postgresSource: {
      status: PostgresSourceStatus
    }
  }
}
export type UpdatePostgresSourceVariables = {
  input: UpdatePostgresSourceInput
}
export const UpdatePostgresSource: Document<UpdatePostgresSourceResult, UpdatePostgresSourceVariables> = {
  name: 'UpdatePostgresSource',
  text: "mutation UpdatePostgresSource($input:UpdatePostgresSourceInput!){updatePostgresSource(input:$input){postgresSource{status}}}",
}

export type PullPostgresSourceResult = {
  pullPostgresSource: {
    postgresSource: {
      status: PostgresSourceStatus
    }
  }
}
export type PullPostgresSourceVariables = {
  input: PullPostgresSourceInput
}
export const PullPostgresSource: Document<PullPostgresSourceResult, PullPostgresSourceVariables> = {
  name: 'PullPostgresSource',
  text: "mutation PullPostgresSource($input:PullPostgresSourceInput!){pullPostgresSource(input:$input){postgresSource{status}}}",
}
