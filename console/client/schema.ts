// Written by `npm run console -- --types` from schema.graphql. Do not edit.

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
