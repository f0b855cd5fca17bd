/** The service compiled into a folder that goes away: a start is then three times as fast as from source. */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** The folder; whoever asked removes it. */
export function compiled(): string {
  const folder = fs.mkdtempSync(join(tmpdir(), 'loms-build-'))
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', join(ROOT, 'tsconfig.build.json'), '--outDir', folder, '--tsBuildInfoFile', join(folder, 'build.tsbuildinfo')], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`the service does not compile:\n${stdout}`)
  fs.symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  fs.copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'))
  return folder
}
