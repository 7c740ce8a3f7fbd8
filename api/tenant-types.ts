/** What a tenant's own fields, objects and behaviors have in common in its schema. */
import { type GraphQLField, type GraphQLSchema, getNamedType, isObjectType } from 'graphql'

/** The types of values that are not choices, and the filters of those. */
export const OUTPUT = { text: 'String', number: 'Float', boolean: 'Boolean', date: 'Date', instant: 'DateTime' }
export const FILTER = {
  text: 'StringFilter',
  number: 'DecimalFilter',
  boolean: 'BooleanFilter',
  date: 'DateFilter',
  instant: 'DateTimeFilter',
}

export const NAME = /^[A-Za-z][A-Za-z0-9_]*$/

/** In GraphQL a choice is an enum where all of its values can be names, and text otherwise. */
export const isEnum = ({ type, choices }: { type: string; choices?: string[] | null }): boolean =>
  type === 'choice' && (choices ?? []).every((choice) => NAME.test(choice) && !/^(true|false|null)$/.test(choice))

/** An enum, and its filter. */
export function choiceSdl(type: string, choices: readonly string[]): string {
  return `enum ${type} { ${choices.join(' ')} }
input ${type}Filter { eq: ${type} ne: ${type} in: [${type}!] notIn: [${type}!] isNull: Boolean }`
}

type Args = Record<string, any>

/** The field resolves what `change` makes of its arguments. */
export function changeArgs(field: GraphQLField<unknown, unknown>, change: (args: Args) => Args): void {
  const resolve = field.resolve!
  field.resolve = (source, args, context, info) => resolve(source, change(args), context, info)
}

/** Wherever something is listed by a filter of one of these types, the filter is what is made of it. */
export function changeFilters(schema: GraphQLSchema, changes: ReadonlyMap<string, (filter: any) => unknown>): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue
    for (const field of Object.values(type.getFields())) {
      const argument = field.args.find(({ name }) => name === 'filter')
      const change = argument && changes.get(getNamedType(argument.type).name)
      if (change) changeArgs(field, (args) => ({ ...args, filter: change(args.filter) }))
    }
  }
}
