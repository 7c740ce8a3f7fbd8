export const upperFirst = (name: string) => name.charAt(0).toUpperCase() + name.slice(1)
export const lowerFirst = (name: string) => name.charAt(0).toLowerCase() + name.slice(1)

/** The values of an enum, each under its name in capitals. */
export const upperNames = <T extends string>(values: readonly T[]) =>
  Object.fromEntries(values.map((value) => [value.toUpperCase(), { value }])) as Record<string, { value: T }>
