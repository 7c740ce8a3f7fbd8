export { eraseProfile, liftErasure } from './erase.ts'
export { withoutErased } from './erase-jobs.ts'
export { type Explanation, explainIdentity, type PathStep } from './explain.ts'
export { exportProfile } from './export.ts'
export { type Decision, mergeProfiles, splitProfile, undoMerge } from './history.ts'
export { identifierId, nameIdentifiers } from './normalise.ts'
export { disownEvents, disownRecords } from './owners.ts'
export { defaultPolicy, type IdentifierType, type Policy, readPolicy } from './policy.ts'
export {
  type IdentifierTypeChange,
  type PolicyPreview,
  previewIdentifierType,
  resetIdentifierType,
  saveIdentifierType,
} from './policy-change.ts'
export { repartProfiles } from './repart.ts'
export { type Placed, place, resolve } from './resolve.ts'
export type { Person, ProfileChange } from './types.ts'
