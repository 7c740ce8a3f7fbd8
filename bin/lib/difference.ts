/** Where two texts first part, as a few lines for a person; undefined when they are the same. */
export function firstDifference(committed: string, made: string): string | undefined {
  if (committed === made) return undefined
  const [old, fresh] = [committed.split('\n'), made.split('\n')]
  const line = fresh.findIndex((text, index) => text !== old[index])
  const at = line === -1 ? fresh.length : line
  return `line ${at + 1}:\n  - ${old[at] ?? '(end of file)'}\n  + ${fresh[at] ?? '(end of file)'}`
}
