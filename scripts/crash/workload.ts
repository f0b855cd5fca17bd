/** About sixty records: two lives with signals, exits, repeats, rotation, checkpoints and finished positions. */
import type { EngineLife } from './engine-life.ts'

const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'XRPUSDT'] as const

/** A life of `steps` steps by its seed's draws; ends early where nothing is acknowledged any more. `from`: number of its first signal. */
export async function live(life: EngineLife, random: () => number, steps: number, from: number): Promise<void> {
  await life.start()
  let number = from
  for (let step = 0; step < steps && life.engine.sequencer.state !== 'failed'; step += 1) {
    const symbol = SYMBOLS[Math.floor(random() * SYMBOLS.length)] as string
    const draw = random()
    if (draw < 0.4) await life.signal(symbol, 100, random() < 0.5 ? 'long' : 'short', (number += 1))
    // Sent again: remembered, with a line and a record of its own.
    else if (draw < 0.5) await life.signal(symbol, 100, 'long', Math.max(1, number - 1))
    else if (draw < 0.85) life.quote(symbol, Number((100 * (1 + (random() - 0.5) * 0.08)).toFixed(2)))
    else {
      // The journal goes on while a checkpoint is written.
      const writing = life.checkpoint()
      if (random() < 0.5) life.quote(symbol, 100)
      await writing
    }
    await life.settle()
  }
}
