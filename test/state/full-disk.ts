/** Fills the small file system it is given through a store, makes room once, fills it again, and tells what happened. */
import fs from 'node:fs'
import { join } from 'node:path'
import { FileStore } from '../../state/file-store.ts'
import { PARTITION, record } from './journal-records.ts'

const path = process.argv[2] as string
const ballast = join(path, 'ballast')
fs.writeFileSync(ballast, Buffer.alloc(40_000))
const store = new FileStore({ directory: join(path, 'data') })
const opening = store.open()
if (!opening.ok) throw new Error(opening.message)
const { epoch } = opening.recovered
const codes: string[] = []
let kept = 0
for (let batch = 1; codes.length < 6; batch++) {
  const answer = await store.append(PARTITION, kept + 1, epoch, [record(kept + 1, batch, 700)])
  if (answer.ok) kept += 1
  else codes.push(answer.code)
  if (codes.length === 3) fs.rmSync(ballast, { force: true })
}
const readBack = [...store.read(1, kept)].map(({ seq }) => seq)
await store.close()
const again = new FileStore({ directory: join(path, 'data') }).open()
process.stdout.write(JSON.stringify({ kept, codes, readBack, restart: again.ok ? 'ok' : `${again.code}: ${again.message}` }))
