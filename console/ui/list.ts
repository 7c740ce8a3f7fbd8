/** 'a, b' -> ['a', 'b']: what was typed with commas, or a line each. */
export function listOf(text: string): string[] {
  return text
    .split(/[,\n]/)
    .map((part) => part.trim())
    .filter(Boolean)
}
