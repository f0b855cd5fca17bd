/** A small dictionary: names to codes from 1, in order of first use, kept as one JSON string per line. Code 0 is null. */
import type { ByteFile } from './byte-file.ts'

export type NameMark = { readonly names: number; readonly bytes: number }

export class NameTable {
  readonly #file: ByteFile
  readonly #codes = new Map<string, number>()
  readonly #names: (string | null)[] = [null]
  /** Length of the file once everything is written. */
  #bytes = 0
  #pending: Buffer[] = []

  private constructor(file: ByteFile) {
    this.#file = file
  }

  /** The table as of a mark, or undefined if the file does not hold it. */
  static open(file: ByteFile, mark: NameMark): NameTable | undefined {
    if (file.size < mark.bytes) return undefined
    const table = new NameTable(file)
    const text = file.read(0, mark.bytes).toString('utf8')
    try {
      for (const line of text.split('\n').slice(0, -1)) table.#add(JSON.parse(line) as string)
    } catch {
      return undefined
    }
    if (table.#names.length - 1 !== mark.names) return undefined
    table.#bytes = mark.bytes
    file.truncate(mark.bytes)
    return table
  }

  /** The code of a name, made if it is new. */
  intern(name: string | null): number {
    if (name === null) return 0
    const known = this.#codes.get(name)
    if (known !== undefined) return known
    const line = Buffer.from(`${JSON.stringify(name)}\n`)
    this.#pending.push(line)
    this.#bytes += line.length
    return this.#add(name)
  }

  /** The code of a name, or undefined if it was never used. */
  code(name: string): number | undefined {
    return this.#codes.get(name)
  }

  name(code: number): string | null {
    return this.#names[code] ?? null
  }

  mark(): NameMark {
    return { names: this.#names.length - 1, bytes: this.#bytes }
  }

  /** Writes what is new; throws the system's error and can be repeated. */
  flush(): void {
    if (this.#pending.length === 0) return
    const bytes = Buffer.concat(this.#pending)
    this.#file.write(bytes, this.#bytes - bytes.length)
    this.#pending = []
  }

  #add(name: string): number {
    const code = this.#names.push(name) - 1
    this.#codes.set(name, code)
    return code
  }
}
