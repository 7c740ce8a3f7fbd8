import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
// A copy without its history has no list of files; there is nothing to keep clean in it either.
const tracked = existsSync(join(root, '.git'))
  ? execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
      encoding: 'utf8',
    })
      .split('\0')
      .filter((file) => file !== '' && existsSync(join(root, file)))
  : []
const text = (file: string) => readFileSync(join(root, file), 'utf8')

/** Which top folders each may import from. Files of the root (config, errors, log) are everybody's. */
const doors: Record<string, string[]> = {
  console: ['console'],
  api: ['api', 'engine', 'db'],
  jobs: ['jobs', 'engine', 'db'],
  engine: ['engine', 'db'],
  // The embedded server shares the commands' small tools.
  db: ['db', 'bin/lib'],
}

const imports = /(?:^import|^export|\bimport\()[^'"`;]*?['"](\.{1,2}\/[^'"]+)['"]/gm

function trespasses(file: string): string[] {
  const allowed = doors[file.split('/')[0]!]
  if (!allowed || file.endsWith('.test.ts')) return []
  return [...text(file).matchAll(imports)]
    .map((match) => relative(root, join(root, dirname(file), match[1]!)))
    .filter((target) => target.includes('/') && !allowed.some((folder) => target.startsWith(`${folder}/`)))
    .map((target) => `${file} imports ${target}`)
}

it('keeps to its doors: console to api to engine to db, jobs to engine to db, nothing back up', () => {
  expect(tracked.filter((file) => /\.tsx?$/.test(file)).flatMap(trespasses)).toEqual([])
})

it('sees an import that goes back up, so that the test above means something', () => {
  const found = (line: string) => [...line.matchAll(imports)].map((match) => match[1])
  expect(found("import { a } from '../api/a.ts'")).toEqual(['../api/a.ts'])
  expect(found("import {\n  a,\n} from '../api/a.ts'")).toEqual(['../api/a.ts'])
  expect(found("export * from './a.ts'\nconst b = await import('../b.ts')")).toEqual(['./a.ts', '../b.ts'])
})

// Written so that neither finds itself.
const machines = /\/(work|home\/\w+|root|Users\/\w+)\/\w/
const registries = /registry\.[a-z]|"resolved"\s*:|_authToken\s*=/

it.each([
  ['names no path of a machine', machines],
  ['names no package registry', registries],
])('%s in any tracked file', (_, pattern) => {
  const files = tracked.filter((file) => !/\.(png|jpg|woff2|gz|ico)$/.test(file))
  expect(files.filter((file) => pattern.test(text(file)))).toEqual([])
})

it('tells, in a README of each top folder, what lives there', () => {
  const folders = [...new Set(tracked.filter((file) => /^[a-z]+\//.test(file)).map((file) => file.split('/')[0]!))]
  expect(folders.filter((folder) => !existsSync(join(root, folder, 'README.md')))).toEqual([])
})

it('runs without the packages of development, as the Docker image does', () => {
  const { dependencies } = JSON.parse(text('package.json')) as { dependencies: Record<string, string> }
  const development = /\.test\.ts$|\/testing\/|^bin\/(check|console|dev-postgres|dump|schema|lib\/build-console)\.ts$/
  const used = tracked
    .filter((file) => /^((api|engine|db|jobs|demo|bin)\/|[a-z]+\.ts$).*/.test(file) && file.endsWith('.ts'))
    .filter((file) => !development.test(file) && !/^(drizzle|vitest)\.config\.ts$/.test(file))
    .flatMap((file) =>
      [...text(file).matchAll(/^import (?!type )[^'"]*['"]([^.'"][^'"]*)['"]/gm)].map((match) => match[1]!),
    )
    .filter((name) => !name.startsWith('node:'))
    .map((name) =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/'),
    )
  expect(used).toContain('postgres')
  expect([...new Set(used)].filter((name) => !(name in dependencies))).toEqual([])
})

it('lists every error code in docs/errors.md', () => {
  const sources = tracked.filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  const codes = sources.flatMap((file) =>
    [...text(file).matchAll(/new KithError\(\s*'(\w+)'/g)].map((match) => match[1]!),
  )
  expect(codes.length).toBeGreaterThan(10)
  const page = text('docs/errors.md')
  expect([...new Set(codes)].filter((code) => !page.includes(`\`${code}\``))).toEqual([])
})

it('links to files that are there', () => {
  const broken = tracked
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) => [...text(file).matchAll(/\]\(([^)#:]+)(#[^)]*)?\)/g)].map((match) => [file, match[1]!] as const))
    .filter(([file, link]) => !existsSync(join(root, dirname(file), link)))
  expect(broken).toEqual([])
})
