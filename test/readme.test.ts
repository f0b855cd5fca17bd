/** What the documents say about the repository is there: files, links, addresses, commands, settings. */
import { existsSync } from 'node:fs'
import { posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { SETTINGS } from '../src/config/schema.ts'
import { ROUTES } from '../src/http/routes.ts'
import { ROOT, repositoryFiles, textOf } from './architecture/repository.ts'
import { run } from './cli/run.ts'

const readme = textOf('README.md')
const found = (text: string, pattern: RegExp): readonly string[] => [...text.matchAll(pattern)].map((match) => match[1] as string)
const there = (path: string): boolean => existsSync(posix.join(ROOT, path))

describe.each(repositoryFiles.filter((path) => path.endsWith('.md')))('%s', (document) => {
  const text = textOf(document)
  const folder = posix.dirname(document)

  it('links to files that exist', () => {
    const targets = found(text, /\]\((?!https?:|#)([^)#]+)/g)
    expect(targets.filter((target) => !there(posix.join(folder, target)))).toEqual([])
  })
  it('names source files that exist', () => {
    const named = found(text, /`((?:src|machines|state|scripts|test)\/[\w./-]+\.(?:ts|md))`/g)
    expect(named.filter((path) => !there(path))).toEqual([])
  })
})

describe('README.md', () => {
  it('lists every address, and none that is not there', () => {
    const served = ROUTES.map(({ method, path }) => `${method} ${path}`)
    const listed = found(readme, /`((?:GET|POST|DELETE) \/[^`?]*)`/g)
    expect([...new Set(listed)].sort()).toEqual([...served].sort())
  })

  it('lists every command', async () => {
    const [, help = ''] = (await run(['--help'])).out.split('Commands:')
    const commands = found(help.split('\n\n')[0] ?? '', /^ {2}([a-z][a-z-]*) /gm).filter((name) => name !== 'help')
    const table = readme.slice(readme.indexOf('| command |'), readme.indexOf('Exit codes:'))
    expect([...found(table, /`([a-z][a-z-]*)`/g)].sort()).toEqual([...commands].sort())
  })

  it('names settings that exist', () => {
    const known = new Set<string>(SETTINGS.map(({ name }) => name))
    const named = found(readme, /`((?:[A-Z]+_)+[A-Z]+)(?:=[^`]*)?`/g)
    expect(named.length).toBeGreaterThan(10)
    expect(named.filter((name) => !known.has(name))).toEqual([])
  })
})
