// Written by `npm run console -- --types` from schema.graphql. Do not edit.
import type { Document } from '../client/document.ts'

export type BackfillProgressResult = {
  backfillProgress: {
    version: number
    complete: boolean
    done: number
    total: number
    share: number
  }
}
export type BackfillProgressVariables = {
  id: string
}
export const BackfillProgress: Document<BackfillProgressResult, BackfillProgressVariables> = {
  name: 'BackfillProgress',
  text: "subscription BackfillProgress($id:ID!){backfillProgress(id:$id){version complete done total share}}",
}
