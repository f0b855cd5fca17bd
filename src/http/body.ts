/** Reads a request body within its limit and parses it as JSON, whatever the content type says. */

export const BODY_LIMIT_BYTES = 65_536

export type BodyReading =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: 'too_large' | 'not_utf8' | 'aborted' }

// A byte order mark stays and is then refused as JSON, as any other text before the value.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The body's text. Stops reading at the limit, also where the length was not announced. */
export async function readBody(request: Request, contentLength: string | undefined): Promise<BodyReading> {
  try {
    const bytes = await readBytes(request, contentLength)
    if (bytes === undefined) return { ok: false, reason: 'too_large' }
    return decoded(bytes)
  } catch {
    return { ok: false, reason: 'aborted' }
  }
}

async function readBytes(request: Request, contentLength: string | undefined): Promise<Uint8Array | undefined> {
  if (contentLength !== undefined) {
    if (!(Number(contentLength) <= BODY_LIMIT_BYTES)) return undefined
    // The server's parser delivers no more than was announced.
    const bytes = new Uint8Array(await request.arrayBuffer())
    return bytes.length <= BODY_LIMIT_BYTES ? bytes : undefined
  }
  const reader = request.body?.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
    const chunk = next.value as Uint8Array
    length += chunk.length
    if (length > BODY_LIMIT_BYTES) {
      await reader?.cancel()
      return undefined
    }
    chunks.push(chunk)
  }
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)
}

function decoded(bytes: Uint8Array): BodyReading {
  try {
    return { ok: true, text: utf8.decode(bytes) }
  } catch {
    return { ok: false, reason: 'not_utf8' }
  }
}

/** The JSON value of a text; where it is none, the position if it is known. Of repeated keys the last one counts. */
export function parseJson(text: string): { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly position: number | undefined } {
  try {
    return { ok: true, value: JSON.parse(text) as unknown }
  } catch (error) {
    const position = /at position (\d+)/.exec((error as Error).message)?.[1]
    return { ok: false, position: position === undefined ? undefined : Number(position) }
  }
}
