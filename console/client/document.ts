/** A GraphQL operation with the types of its result and variables; made by codegen.ts. */
export type Document<Result, Variables> = {
  name: string
  text: string
  /** Never there: carries the types only. */
  types?: (variables: Variables) => Result
}
