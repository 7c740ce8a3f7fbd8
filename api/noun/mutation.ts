import type { GraphQLResolveInfo } from 'graphql'
import type { Permission } from '../auth/permissions.ts'
import { builder, type SchemaTypes } from '../builder.ts'
import type { Context } from '../context.ts'
import { upperFirst } from './name.ts'

type Fields = (t: any) => Record<string, any>

export type MutationOptions<Input> = {
  description: string
  /** The permission that it asks for; `admin` is for what has none of its own. */
  scope: Permission
  input: Fields
  /** Of what no audited row shows: the inputs that the audit log keeps, which must be nobody's data. */
  note?: (keyof Input & string)[]
  payload: Fields
  /** The payload's parent. The loaders have forgotten what they read before. */
  resolve: (input: Input, context: Context, info: GraphQLResolveInfo) => Promise<object>
}

/** `mutation('createSegment', {...})` makes CreateSegmentInput, CreateSegmentPayload and the field. */
export function mutation<Input = any>(name: string, options: MutationOptions<Input>) {
  const pascal = upperFirst(name)
  const input = builder.inputType(`${pascal}Input`, { fields: options.input })
  const payload = builder.objectRef<object>(`${pascal}Payload`).implement({ fields: options.payload })
  builder.mutationField(name, (t) =>
    t.field({
      type: payload,
      description: options.description,
      authScopes: { [options.scope]: true } as Partial<SchemaTypes['AuthScopes']>,
      args: { input: t.arg({ type: input, required: true }) },
      resolve: async (_root, args, context, info) => {
        const input = args.input as Input
        if (options.note) await noteCall(context, name, options.note, input)
        const result = await options.resolve(input, context, info)
        context.loaders.clear()
        return result
      },
    }),
  )
  return { input, payload }
}

/** Before it is done, in a transaction of its own: what was asked for is in the log even when half of it failed. */
export async function noteCall<Input>(
  { tenant }: Context,
  name: string,
  names: (keyof Input & string)[],
  input: Input,
): Promise<void> {
  const details = JSON.stringify(Object.fromEntries(names.map((key) => [key, input[key] ?? null])))
  await tenant((tx) => tx`SELECT ops.audit_note(${name}, ${details}::jsonb)`)
}
