/** Around a whole run of the tests: where its connections are written down, and the verdict on them at its end. */
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { verdict } from './verdict.ts'

export default function setup(): () => void {
  const directory = fs.mkdtempSync(join(tmpdir(), 'loms-sockets-'))
  const log = join(directory, 'connections')
  fs.writeFileSync(log, '')
  process.env['LOMS_SOCKET_LOG'] = log
  return () => {
    const { total, outside } = verdict(fs.readFileSync(log, 'utf8'))
    fs.rmSync(directory, { recursive: true })
    process.stdout.write(`Connections of this run: ${total}, ${outside.length} of them to another machine.\n`)
    if (outside.length === 0) return
    process.stderr.write(`FAILED: tests must not leave this machine:\n${outside.join('\n')}\n`)
    process.exitCode = 1
  }
}
