// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from '../../client/document.ts'
import type { CreatePostgresSourceInput, DeletePostgresSourceInput, Json, PostgresSourceMode, PostgresSourceStatus, PreviewPostgresSourceInput, PullPostgresSourceInput, UpdatePostgresSourceInput } from '../../client/schema.ts'

export type PostgresSourcesResult = {
  postgresSources: ({
    source: {
      id: string
      name: string
    } | null
    mode: PostgresSourceMode
    schema: string | null
    table: string | null
    cursor: string | null
    id: string | null
    tables: (string)[] | null
    mapping: string
    everySeconds: number | null
    status: PostgresSourceStatus
    position: Json | null
    rows: number
    stored: number
    records: number
    dead: number
    error: string | null
    errorCode: string | null
    errorSql: string | null
    warnings: ({
      code: string
      message: string
      sql: string | null
    })[]
    lagBytes: number | null
    keptBytes: number | null
    changedAt: string | null
    failures: number
    pulledAt: string | null
    nextAt: string
  })[]
}
export type PostgresSourcesVariables = {}
export const PostgresSources: Document<PostgresSourcesResult, PostgresSourcesVariables> = {
  name: 'PostgresSources',
  text: "query PostgresSources{postgresSources{source{id name}mode schema table cursor id tables mapping everySeconds status position rows stored records dead error errorCode errorSql warnings{code message sql}lagBytes keptBytes changedAt failures pulledAt nextAt}}",
}

export type PreviewPostgresSourceResult = {
  previewPostgresSource: {
    rows: ({
      row: Json
      table: string | null
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
  text: "mutation PreviewPostgresSource($input:PreviewPostgresSourceInput!){previewPostgresSource(input:$input){rows{row table events records problems{part index code reason}}}}",
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

export type DeletePostgresSourceResult = {
  deletePostgresSource: {
    source: string
  }
}
export type DeletePostgresSourceVariables = {
  input: DeletePostgresSourceInput
}
export const DeletePostgresSource: Document<DeletePostgresSourceResult, DeletePostgresSourceVariables> = {
  name: 'DeletePostgresSource',
  text: "mutation DeletePostgresSource($input:DeletePostgresSourceInput!){deletePostgresSource(input:$input){source}}",
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
