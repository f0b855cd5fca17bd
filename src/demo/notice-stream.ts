/** The service's server-sent events, as far as the demo needs them: which position something happened to. */

/** Calls back with the id of every position that an event names, until the signal ends it. Losing the stream is no failure. */
export async function followPositions(url: string, signal: AbortSignal, onPosition: (id: number) => void, key?: string): Promise<void> {
  try {
    const response = await fetch(`${url}/events`, { headers: { Accept: 'text/event-stream', ...(key === undefined ? {} : { Authorization: `Bearer ${key}` }) }, signal })
    if (!response.ok || response.body === null) return
    const decoder = new TextDecoder()
    let rest = ''
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n/)
      rest = lines.pop() ?? ''
      for (const id of lines.flatMap(positionIds)) onPosition(id)
    }
  } catch {
    // The service was stopped, or the demo is over; the list of positions is asked for as well.
  }
}

/** The position ids in one line of the stream. */
export function positionIds(line: string): readonly number[] {
  if (!line.startsWith('data:')) return []
  return [...line.matchAll(/"(?:positionId|position_id)":\s*(\d+)/g)].map((match) => Number(match[1]))
}
