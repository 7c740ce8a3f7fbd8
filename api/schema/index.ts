/** The schema: every noun, printed in schema.graphql. */
import './api-key.ts'
import './profile.ts'
import './source.ts'
import './viewer.ts'
import { builder } from '../builder.ts'

export const schema = builder.toSchema({ sortSchema: true })
