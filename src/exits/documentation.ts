/** The exit strategies and their parameters as Markdown, made from the policies themselves. */
import type { ExitParameter, ExitPolicy } from './exit-policy.ts'

const MARKED = /(<!-- made from the exit policies -->\n)[^]*?(<!-- end -->)/

/** The text with its marked part written anew. */
export const withExitStrategies = (text: string, policies: readonly ExitPolicy[]): string =>
  text.replace(MARKED, (_, head: string, tail: string) => `${head}${policies.map(section).join('\n')}${tail}`)

function section({ name, summary, parameters }: ExitPolicy): string {
  const head = `### \`${name}\`\n\n${summary}\n`
  if (parameters.length === 0) return `${head}It has no parameters.\n`
  return [`${head}`, '| `exit_params` | default | unit | `null` | meaning |', '|---|---|---|---|---|', ...parameters.map(row), ''].join('\n')
}

const row = ({ name, default: own, unit, nullable, doc }: ExitParameter): string =>
  `| \`${name}\` | ${own === null ? 'see meaning' : `\`${own}\``} | ${unit} | ${nullable ? 'switches off' : 'not allowed'} | ${doc} |`
