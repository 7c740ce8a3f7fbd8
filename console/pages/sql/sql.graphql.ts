// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from '../../client/document.ts'
import type { Json } from '../../client/schema.ts'

export type SqlViewsResult = {
  sqlViews: ({
    name: string
    columns: ({
      name: string
      type: string
    })[]
  })[]
}
export type SqlViewsVariables = {}
export const SqlViews: Document<SqlViewsResult, SqlViewsVariables> = {
  name: 'SqlViews',
  text: "query SqlViews{sqlViews{name columns{name type}}}",
}

export type RunSqlResult = {
  sql: {
    columns: ({
      name: string
      type: string
    })[]
    rows: Json
    rowCount: number
    more: boolean
    ms: number
  }
}
export type RunSqlVariables = {
  query: string
}
export const RunSql: Document<RunSqlResult, RunSqlVariables> = {
  name: 'RunSql',
  text: "query RunSql($query:String!){sql(query:$query){columns{name type}rows rowCount more ms}}",
}
