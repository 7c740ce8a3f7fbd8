/** Why somebody entered, left, or got another label. */
export const CAUSES: Record<string, string> = {
  change: 'because of what happened',
  timer: 'because its time had come',
  backfill: 'when the rule was first evaluated',
  merge: 'because of a merge',
  archived: 'because it was archived',
}
