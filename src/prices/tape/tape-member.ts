/**
 * The file format of a tape: gzip members one after another (RFC 1952 §2.2), each with its own length in an extra field.
 * Any gunzip reads the file; the lengths find its last whole member without unpacking what is before it.
 */
import { open, type FileHandle } from 'node:fs/promises'
import { promisify } from 'node:util'
import { crc32, deflateRaw, inflateRawSync } from 'node:zlib'

const deflate = promisify(deflateRaw)

/** Magic, deflate, extra field present, no time, unknown system; extra field of 8 bytes: `LT`, 4 bytes of length. */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 8, 0, 0x4c, 0x54, 4, 0])
const HEADER_BYTES = HEADER.length + 4
const TRAILER_BYTES = 8

/** One member that unpacks to `text`. */
export async function tapeMember(text: Buffer): Promise<Buffer> {
  const packed = await deflate(text)
  const member = Buffer.alloc(HEADER_BYTES + packed.length + TRAILER_BYTES)
  HEADER.copy(member)
  member.writeUInt32LE(member.length, HEADER.length)
  packed.copy(member, HEADER_BYTES)
  member.writeUInt32LE(crc32(text), member.length - 8)
  member.writeUInt32LE(text.length, member.length - 4)
  return member
}

/** What a member unpacks to; null: it is not whole. */
function unpack(member: Buffer): Buffer | null {
  try {
    const text = inflateRawSync(member.subarray(HEADER_BYTES, -TRAILER_BYTES))
    return crc32(text) === member.readUInt32LE(member.length - 8) ? text : null
  } catch {
    return null
  }
}

export type TapeEnd = {
  /** Bytes up to the end of the last whole member; what follows is torn. */
  readonly length: number
  readonly torn: number
  /** What the last whole member unpacks to; empty where there is none. */
  readonly lastText: Buffer
}

/** Where the whole part of a tape ends; null: the file is not a tape. Throws as the file system does. */
export async function tapeEnd(file: string): Promise<TapeEnd | null> {
  const handle = await open(file, 'r')
  try {
    const { size } = await handle.stat()
    const header = Buffer.alloc(HEADER_BYTES)
    const starts: number[] = []
    let at = 0
    while (at + HEADER_BYTES <= size) {
      await handle.read(header, 0, HEADER_BYTES, at)
      const length = header.readUInt32LE(HEADER.length)
      if (!header.subarray(0, HEADER.length).equals(HEADER) || at + length > size || length < HEADER_BYTES + TRAILER_BYTES) break
      starts.push(at)
      at += length
    }
    if (starts.length === 0) return (await isBeginning(handle)) ? { length: 0, torn: size, lastText: Buffer.alloc(0) } : null
    // The length of the last one may have been written and its content not.
    for (let start = starts.pop(); start !== undefined; start = starts.pop()) {
      const member = Buffer.alloc(at - start)
      await handle.read(member, 0, member.length, start)
      const lastText = unpack(member)
      if (lastText) return { length: at, torn: size - at, lastText }
      at = start
    }
    return { length: 0, torn: size, lastText: Buffer.alloc(0) }
  } finally {
    await handle.close()
  }
}

/** A tape whose first member is torn; an empty file is one too. */
async function isBeginning(handle: FileHandle): Promise<boolean> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(HEADER.length), 0, HEADER.length, 0)
  return buffer.subarray(0, bytesRead).equals(HEADER.subarray(0, bytesRead))
}
