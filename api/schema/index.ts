/** The schema: every noun, printed in schema.graphql. */
import './profile.ts'
import './source.ts'
import { builder } from '../builder.ts'

export const schema = builder.toSchema({ sortSchema: true })
