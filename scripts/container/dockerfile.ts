/** The Dockerfile as a list of instructions, and what must hold of it. */

export type Instruction = { readonly line: number; readonly name: string; readonly rest: string }
export type Stage = { readonly image: string; readonly as: string | null; readonly instructions: readonly Instruction[] }

/** Instructions in order; continued lines are one. */
export function readDockerfile(text: string): readonly Stage[] {
  const stages: { image: string; as: string | null; instructions: Instruction[] }[] = []
  let continued = ''
  for (const [index, raw] of text.split('\n').entries()) {
    if (raw.trim() === '' || raw.startsWith('#')) continue
    const whole = continued + raw
    continued = ''
    if (whole.endsWith('\\')) {
      continued = `${whole.slice(0, -1)} `
      continue
    }
    const [, name = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(whole) ?? []
    if (name === 'FROM') {
      const [, image = '', as = null] = /^(\S+)(?:\s+AS\s+(\S+))?$/i.exec(rest) ?? []
      stages.push({ image, as, instructions: [] })
    } else stages.at(-1)?.instructions.push({ line: index + 1, name, rest })
  }
  return stages
}

const SECRETS = /\b(API_KEYS|\w*SECRET|\w*TOKEN|\w*PASSPHRASE|BITGET_\w+|BYBIT_\w+)=/

/** What is wrong, one line each. */
export function lintDockerfile(stages: readonly Stage[]): readonly string[] {
  const wrong: string[] = []
  const all = stages.flatMap(({ instructions }) => instructions)
  const last = stages.at(-1)?.instructions ?? []
  const of = (name: string, among: readonly Instruction[] = last): readonly Instruction[] => among.filter((each) => each.name === name)
  for (const { image } of stages) if (!/:[\w.-]+$/.test(image) || image.endsWith(':latest')) wrong.push(`FROM ${image}: name a version`)
  const user = of('USER').at(-1)
  if (!user || user.rest === 'root' || user.rest === '0') wrong.push('USER: the service must not run as root')
  for (const { name, rest } of [...of('CMD'), ...of('ENTRYPOINT')]) if (!rest.startsWith('[')) wrong.push(`${name} ${rest}: use the exec form, so that SIGTERM reaches the service`)
  if (of('CMD').length !== 1) wrong.push('CMD: there must be one')
  if (of('HEALTHCHECK').length !== 1) wrong.push('HEALTHCHECK: there must be one')
  for (const { line, rest } of of('ADD', all)) wrong.push(`line ${line}: ADD ${rest}: COPY takes what is here, and nothing else`)
  for (const { line, rest } of of('WORKDIR', all)) if (!rest.startsWith('/')) wrong.push(`line ${line}: WORKDIR ${rest}: name the whole path`)
  for (const { line, rest } of of('ENV', all)) if (SECRETS.test(`${rest} `)) wrong.push(`line ${line}: ENV ${rest}: secrets such as API_KEYS come with the run, not with the image`)
  const runs = of('RUN', all)
  if (!runs.some(({ rest }) => /\bnpm ci\b/.test(rest))) wrong.push('RUN: npm ci installs what the lock file says')
  for (const { line, rest } of runs) if (/npm install/.test(rest) && !/--ignore-scripts/.test(rest)) wrong.push(`line ${line}: npm install without --ignore-scripts`)
  const install = all.findIndex(({ name, rest }) => name === 'RUN' && /\bnpm (ci|install)\b/.test(rest))
  if (!all.slice(0, install).some(({ name, rest }) => name === 'COPY' && rest.includes('package-lock.json'))) wrong.push('COPY package-lock.json before the packages are installed')
  return wrong
}
