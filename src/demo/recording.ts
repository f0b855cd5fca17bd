/** The recorded prices that come with LOMS, and what the demo must know about them. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'

export type Recording = { readonly file: string; readonly symbol: string; readonly title: string; readonly from: number; readonly to: number }

/** The recording in this package; throws if the package is incomplete. */
export function demoRecording(): Recording {
  const file = join(packageRoot(import.meta.dirname), 'scripts', 'demo', 'btcusdt-perp-20240719.csv.gz')
  const title = 'recorded BTCUSDT perpetual, 8 minutes of 2024-07-19, every quote and trade'
  return { file, symbol: 'BTCUSDT', title, ...timeSpan(gunzipSync(readFileSync(file)).toString('utf8')) }
}

/** First and last time of a price file whose first column is `ts_ms` and whose first line is the header. */
export function timeSpan(csv: string): { readonly from: number; readonly to: number } {
  const body = csv.trimEnd()
  const first = body.slice(body.indexOf('\n') + 1)
  const last = body.slice(body.lastIndexOf('\n') + 1)
  return { from: Number.parseInt(first, 10), to: Number.parseInt(last, 10) }
}

/** The nearest folder above that holds a package.json. */
function packageRoot(folder: string): string {
  const parent = dirname(folder)
  return existsSync(join(folder, 'package.json')) || parent === folder ? folder : packageRoot(parent)
}
