/** The checks in `docs/risk.md`, made from the checks themselves. */
import type { RiskCheck } from './risk-check.ts'

const MARKED = /(<!-- made from the risk engine -->\n)[^]*?(<!-- end -->)/

/** The text with its marked part written anew. */
export const withRiskChecks = (text: string, checks: readonly RiskCheck[]): string =>
  text.replace(MARKED, (_, head: string, tail: string) =>
    [`${head}| scope | \`risk_reason\` | in force by | blocks when |`, '|---|---|---|---|', ...checks.map(row), tail].join('\n'))

const row = ({ scope, reason, settings, meaning }: RiskCheck): string =>
  `| \`${scope}\` | \`${reason} (…)\` | ${settings.map((name) => `\`${name}\``).join(', ') || 'always'} | ${meaning.replaceAll('|', '\\|')} |`
