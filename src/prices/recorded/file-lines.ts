/** A plain or gzipped text file as chunks of whole lines, in bounded memory. */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { tapeEnd } from '../tape/tape-member.ts'
import { RecordedDataError } from './data-problem.ts'

const NEWLINE = 10
const CHUNK_BYTES = 256 * 1024
const LONGEST_LINE_BYTES = 64 * 1024

/** Told by its first two bytes, not by its name. */
async function isGzip(file: string): Promise<boolean> {
  const handle = await open(file, 'r')
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0)
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
  } finally {
    await handle.close()
  }
}

/** The readable sentence for an error of the file system or of gzip. */
function unreadable(file: string, error: unknown): RecordedDataError {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  const reasons: Record<string, string> = {
    ENOENT: 'there is no such file; check the path',
    EISDIR: 'is a directory; name a file (.csv or .csv.gz)',
    EACCES: 'may not be read by this user; check its permissions',
    Z_BUF_ERROR: 'ends in the middle of its gzip data; copy or download it again',
    Z_DATA_ERROR: 'its gzip data is damaged; copy or download it again',
  }
  const message = error instanceof Error ? error.message : String(error)
  return new RecordedDataError('unreadable', file, null, reasons[code] ?? `cannot be read (${message})`)
}

async function* fileChunks(file: string): AsyncGenerator<Buffer> {
  try {
    const gzip = await isGzip(file)
    // A tape's last member may be torn, or just being written: the file ends before it.
    const tape = gzip ? await tapeEnd(file) : null
    if (tape?.length === 0) return
    const raw = createReadStream(file, { highWaterMark: CHUNK_BYTES, ...(tape ? { end: tape.length - 1 } : {}) })
    // The callback's error also reaches the reader of the last stream.
    const stream = gzip ? pipeline(raw, createGunzip({ chunkSize: CHUNK_BYTES }), () => undefined) : raw
    for await (const chunk of stream) yield chunk as Buffer
  } catch (error) {
    throw unreadable(file, error)
  }
}

/** Chunks that each end with a line end; a missing one at the end of the file is added. Throws `RecordedDataError`. */
export async function* fileLines(file: string): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of fileChunks(file)) {
    const end = chunk.lastIndexOf(NEWLINE) + 1
    if (end > 0) yield rest.length > 0 ? Buffer.concat([rest, chunk.subarray(0, end)]) : chunk.subarray(0, end)
    rest = end > 0 ? chunk.subarray(end) : Buffer.concat([rest, chunk])
    if (rest.length > LONGEST_LINE_BYTES) {
      throw new RecordedDataError('unreadable', file, null, `has a line of more than ${LONGEST_LINE_BYTES} bytes; it is not a CSV file`)
    }
  }
  if (rest.length > 0) yield Buffer.concat([rest, Buffer.from('\n')])
}
