/** SQL for the JSON of values, byte by byte as the API's scalars write them. */
import { type SQL, sql } from 'drizzle-orm'
import type { GraphQLEnumType } from 'graphql'
import type { Column } from '../noun/noun.ts'

/** Text of which some is known and some is read. */
export type Piece = string | SQL

/** Known text that stands side by side is one literal. */
export function textOf(pieces: Piece[]): SQL {
  const merged: Piece[] = []
  for (const piece of pieces) {
    if (typeof piece === 'string' && typeof merged.at(-1) === 'string') merged.push(`${merged.pop() as string}${piece}`)
    else merged.push(piece)
  }
  return sql.join(
    merged.map((piece) => (typeof piece === 'string' ? literal(piece) : piece)),
    sql` || `,
  )
}

function literal(text: string): SQL {
  return sql.raw(`'${text.replaceAll("'", "''")}'::text`)
}

/** SQLSTATE of a statement that met a value which the ordinary way refuses, and is left to that. */
export const REFUSED = '22P02'

const refused = (value: SQL) => sql`(${value}::text || '!')::int::text`

/** Of a column of the alias `row`. */
export function columnJson(column: Column, row: SQL, type?: GraphQLEnumType): SQL {
  const value = sql`${row}.${sql.identifier(column.name)}`
  const json = type ? enumJson(type, value) : scalarJson(column, value)
  return column.nullable ? sql`coalesce(${json}, 'null')` : json
}

function scalarJson({ type, nullable }: Column, value: SQL): SQL {
  switch (type) {
    case 'String':
      return sql`to_json(${value})::text`
    case 'Int':
    case 'Boolean':
      return sql`${value}::text`
    case 'JSON':
      // Where null is no answer, neither is the JSON null.
      return nullable
        ? sql`${value}::text`
        : sql`CASE WHEN ${value} = 'null' THEN ${refused(value)} ELSE ${value}::text END`
    case 'DateTime':
      return sql`'"' || ${instantText(value)} || '"'`
    default:
      return sql`'"' || ${value}::text || '"'`
  }
}

/** As db/instant.ts writes it. Before Christ Postgres writes instants in another form. */
export function instantText(value: SQL): SQL {
  const iso = sql`replace(replace(${value}::text, ' ', 'T'), '+00', 'Z')`
  return sql`CASE WHEN ${value} >= '0001-01-01 00:00:00+00' THEN ${iso} ELSE ${refused(value)} END`
}

function enumJson(type: GraphQLEnumType, value: SQL): SQL {
  const cases = type
    .getValues()
    .map((each) => sql`WHEN ${literal(String(each.value))} THEN ${literal(`"${each.name}"`)}`)
  return sql`CASE ${value} ${sql.join(cases, sql` `)} ELSE ${refused(value)} END`
}

/** `base64url` of Node. */
export function base64url(text: SQL): SQL {
  return sql`translate(encode(convert_to(${text}, 'UTF8'), 'base64'), E'+/=\n', '-_')`
}
