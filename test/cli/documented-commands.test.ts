/** Every command line that a document prints can be typed as it stands: the command is there, and so is each of its options. */
import { expect, it } from 'vitest'
import { repositoryFiles, textOf } from '../architecture/repository.ts'
import { run } from './run.ts'

/** In running text between backticks, or on a line of its own in a block; behind `npm run` and under a full path too. */
const PRINTED = /(?:`|^ *|\/\.?bin\/|&& )(?:npm run -s )?loms (?:-- )?([a-z][^`\n#]*)/gm

type Printed = { readonly where: string; readonly name: readonly string[]; readonly options: readonly string[] }

export function printedCommands(where: string, text: string): readonly Printed[] {
  return [...text.matchAll(PRINTED)].flatMap(([, line = '']) => {
    const words = line.trim().split(/\s+/)
    // Help that shows a table of commands, and prose that begins with the product's name.
    if (!/^[a-z][a-z-]*$/.test(words[0] ?? '')) return []
    const name = words[0] === 'report' ? words.slice(0, 2) : words.slice(0, 1)
    return [{ where: `${where}: loms ${line.trim()}`, name, options: words.filter((word) => /^--[a-z]/.test(word)).map((word) => word.replace(/[=,.;:)].*$/, '')) }]
  })
}

it('finds them in text and in blocks', () => {
  const text = 'Run `loms panic --reason "x"`, or\n\n```sh\nnpm run -s loms -- replay state --check   # proves it\ncd /var && sudo -u loms /opt/.bin/loms doctor\n```\nloms is a service.'
  expect(printedCommands('a', text).map(({ name, options }) => [...name, ...options])).toEqual([['panic', '--reason'], ['replay', '--check'], ['doctor'], ['is']])
})

it('every one of them can be typed', async () => {
  const known = new Map<string, string>()
  const helpOf = async (name: readonly string[]): Promise<string> => {
    const key = name.join(' ')
    const found: string = known.get(key) ?? (await run([...name, '--help']).then(({ code, out }) => (code === 0 ? out : '')))
    known.set(key, found)
    return found
  }
  const printed = repositoryFiles.filter((path) => path.endsWith('.md')).flatMap((path) => printedCommands(path, textOf(path)))
  expect(printed.length).toBeGreaterThan(80)
  const wrong: string[] = []
  for (const { where, name, options } of printed) {
    const help = await helpOf(name)
    if (!new RegExp(`^Usage: loms ${name.join(' ')}\\b`).test(help)) wrong.push(`${where}: there is no such command`)
    else for (const option of options) if (!new RegExp(`${option}\\b`).test(help)) wrong.push(`${where}: there is no ${option}`)
  }
  expect(wrong).toEqual([])
})
