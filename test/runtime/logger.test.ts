/** D15: a log that cannot be written is nobody's failure. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createLogger } from '../../src/runtime/logger.ts'
import { temporaryDirectory } from '../state/journal-records.ts'

describe.skipIf(!fs.existsSync('/dev/full'))('a log on a full disk', () => {
  it('throws nothing, keeps a bounded rest', async () => {
    const descriptor = fs.openSync('/dev/full', 'w')
    const logger = await createLogger('info', false, descriptor)
    const before = process.memoryUsage().heapUsed
    for (let line = 0; line < 20_000; line += 1) logger.error('full', { text: 'x'.repeat(500) })
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(8_000_000)
  })

  it('with room again: what waited is written, what was dropped is counted', (context) => {
    const { path, remove } = temporaryDirectory()
    const script = `
      const { createLogger } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/runtime/logger.ts'))})
      const fs = await import('node:fs')
      fs.writeFileSync(process.argv[1] + '/ballast', Buffer.alloc(1_500_000))
      const logger = await createLogger('info', false, fs.openSync(process.argv[1] + '/log', 'a'))
      for (let line = 0; line < 4000; line += 1) logger.info('before', { text: 'x'.repeat(500) })
      fs.rmSync(process.argv[1] + '/ballast')
      logger.info('after')
      await new Promise((resolve) => setImmediate(resolve))
      process.stdout.write(fs.readFileSync(process.argv[1] + '/log', 'utf8').slice(-4000))`
    // In a mount namespace of its own: nothing is left mounted, however the child ends.
    const command = 'mount -t tmpfs -o size=2m tmpfs "$0" || exit 77; head -c 560000 /dev/zero > "$0/more"; exec "$1" --import tsx --input-type=module -e "$2" "$0"'
    const child = spawnSync('unshare', ['-m', 'sh', '-c', command, path, process.execPath, script], { encoding: 'utf8' })
    remove()
    if (child.error || child.stderr.startsWith('unshare:') || child.status === 77) return context.skip('needs the right to mount a tmpfs in its own namespace')
    expect(child.stderr).toBe('')
    expect(child.stdout).toMatch(/"lines":\d{3,},"event":"log_lines_dropped"/)
  })

  it('the process goes on and ends as it is told', async () => {
    const script = `
      const { createLogger } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/runtime/logger.ts'))})
      const logger = await createLogger('info', false)
      process.on('SIGTERM', () => { logger.info('stopping'); process.exit(0) })
      setInterval(() => logger.info('alive'), 10)
      setTimeout(() => process.kill(process.pid, 'SIGTERM'), 100)`
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { stdio: ['ignore', fs.openSync('/dev/full', 'w'), 'pipe'] })
    let stderr = ''
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    const [code] = (await once(child, 'exit')) as [number | null]
    expect([code, stderr]).toEqual([0, ''])
  })
})
