/** A copy of the whole tree in a temporary folder, in which a text can be changed and put back. */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export class TreeCopy {
  readonly path: string

  /** Everything that git knows or would take, as it lies there now; the packages are linked. */
  constructor(root: string) {
    this.path = fs.mkdtempSync(join(tmpdir(), 'loms-defences-'))
    const listed = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 }).stdout
    for (const name of listed.split('\0')) {
      const from = join(root, name)
      if (name === '' || !fs.statSync(from, { throwIfNoEntry: false })?.isFile()) continue
      fs.mkdirSync(dirname(join(this.path, name)), { recursive: true })
      fs.copyFileSync(from, join(this.path, name))
    }
    fs.symlinkSync(fs.realpathSync(join(root, 'node_modules')), join(this.path, 'node_modules'))
    fs.mkdirSync(join(this.path, 'artefacts'), { recursive: true })
  }

  /** Runs `task` while the file is another one. */
  async changed<T>(file: string, text: string, task: () => Promise<T>): Promise<T> {
    const path = join(this.path, file)
    const before = fs.readFileSync(path)
    fs.writeFileSync(path, text)
    try {
      return await task()
    } finally {
      fs.writeFileSync(path, before)
    }
  }

  remove(): void {
    fs.rmSync(this.path, { recursive: true, force: true })
  }
}
