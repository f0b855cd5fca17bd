/**
 * Archived segments: ordinary gzip files (`zcat` reads them) made of many members, so that one record can be read
 * without unpacking the whole. Each member holds whole lines and says in its extra field (subfield `LM`) how long it is
 * (u32) and which record it starts with (double): the member headers are the index.
 */
import fs from 'node:fs'
import { promisify } from 'node:util'
import { crc32, deflateRaw, gunzipSync } from 'node:zlib'
import { NEWLINE } from './codec.ts'
import { readAt, type SegmentBlocks } from './segment-reader.ts'
import { BlockIndex } from './segment.ts'

const MEMBER_BYTES = 65_536
/** Fixed header (10), length of the extra field (2), subfield header (4), member size (4), first seq (8). */
const HEADER_BYTES = 28
const compress = promisify(deflateRaw)

/** The archive of a segment's bytes. `index` is the segment's own. Compression runs in the thread pool. */
export async function archiveBytes(segment: Buffer, index: BlockIndex): Promise<Buffer> {
  const members: Buffer[] = []
  for (let block = 0; block < index.offsets.length; ) {
    const from = index.offsets[block] as number
    const seq = index.seqs[block] as number
    do block++
    while (block < index.offsets.length && (index.offsets[block] as number) - from < MEMBER_BYTES)
    members.push(await member(segment.subarray(from, index.offsets[block] ?? segment.length), seq))
  }
  return Buffer.concat(members)
}

async function member(lines: Buffer, firstSeq: number): Promise<Buffer> {
  const packed = await compress(lines)
  const bytes = Buffer.alloc(HEADER_BYTES + packed.length + 8)
  // 1f 8b: gzip; 08: deflate; 04: has an extra field; ff: unknown system.
  bytes.set([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff], 0)
  bytes.writeUInt16LE(16, 10)
  bytes.write('LM', 12, 'latin1')
  bytes.writeUInt16LE(12, 14)
  bytes.writeUInt32LE(bytes.length, 16)
  bytes.writeDoubleLE(firstSeq, 20)
  packed.copy(bytes, HEADER_BYTES)
  bytes.writeUInt32LE(crc32(lines), bytes.length - 8)
  bytes.writeUInt32LE(lines.length, bytes.length - 4)
  return bytes
}

/** An archived segment, ready to be read by seq. Throws if it is not an archive of ours. */
export function openArchive(file: string, known: BlockIndex | null): SegmentBlocks {
  const fd = fs.openSync(file, 'r')
  const size = fs.fstatSync(fd).size
  const index = known ?? indexOf(fd, size, file)
  return {
    file,
    index,
    block: (number) => gunzipSync(readAt(fd, index.offsets[number] as number, index.offsets[number + 1] ?? size)),
    close: () => fs.closeSync(fd),
  }
}

function indexOf(fd: number, size: number, file: string): BlockIndex {
  const index = new BlockIndex()
  for (let at = 0; at < size; ) {
    const header = readAt(fd, at, Math.min(size, at + HEADER_BYTES))
    const ours = header.length === HEADER_BYTES && header.readUInt16BE(0) === 0x1f8b && header.toString('latin1', 12, 14) === 'LM'
    const length = ours ? header.readUInt32LE(16) : 0
    if (length <= HEADER_BYTES) throw new Error(`${file} is not an archive of LOMS (byte ${at}). Restore it from a backup.`)
    index.push(header.readDoubleLE(20), at)
    at += length
  }
  return index
}

/** The segment that an archive was made of. */
export const unpackArchive = (archive: Buffer): Buffer => gunzipSync(archive)

/** The first line (its seal) of an archive, newline excluded. */
export function firstLineOfArchive(file: string): Buffer {
  const archive = openArchive(file, null)
  try {
    const bytes = archive.block(0)
    return bytes.subarray(0, bytes.indexOf(NEWLINE))
  } finally {
    archive.close()
  }
}
