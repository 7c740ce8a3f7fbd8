export { type Decision, mergeProfiles, splitProfile, undoMerge } from './history.ts'
export { resolve } from './resolve.ts'
export type { Person, ProfileChange } from './types.ts'
