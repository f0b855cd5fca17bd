import { simulate } from '../src/simulate/simulate.ts'
const [signals, prices] = process.argv.slice(2)
const r = await simulate({ signals: signals!, prices: [prices!], candlePath: 'auto', set: { MAX_OPEN_POSITIONS: '1000', MAX_OPEN_POSITIONS_PER_SYMBOL: '1000' } }, () => performance.now())
if (!r.ok) console.log(r)
else { const by: Record<string, number> = {}; for (const p of r.simulation.positions) by[`${p.status} ${p.auto_close_reason}`] = (by[`${p.status} ${p.auto_close_reason}`] ?? 0) + 1
console.log(by, r.simulation.signals, r.simulation.run, r.simulation.positions[3], r.simulation.positions.at(-1)) }
