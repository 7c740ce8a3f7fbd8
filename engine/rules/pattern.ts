/** Which regular expressions a rule may hold. */

/** What is wrong with the pattern, or undefined. */
export function checkPattern(_pattern: string): string | undefined {
  return 'matches is not supported yet'
}
