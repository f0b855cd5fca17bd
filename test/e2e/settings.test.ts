/** Wrong settings stop the start: exit code 1, one readable line per mistake, never a stack trace (SPEC M-2, M-6). */
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Loms, refusedStart, temporaryDirectory, type Settings } from './service-process.ts'

describe('the start is refused', () => {
  it.each<[what: string, settings: Settings, lines: readonly RegExp[]]>([
    ['live trading by one switch', { LOMS_PROFILE: 'semi-live', BITGET_API_KEY: 'k', BITGET_API_SECRET: 's', BITGET_API_PASSPHRASE: 'p', API_KEYS: 'a-key-of-the-bot' }, [/BROKER_MODE=live: LIVE_TRADING is not true/]],
    ['live trading without keys of the exchange', { LOMS_PROFILE: 'semi-live', LIVE_TRADING: 'true', PRICE_EXCHANGE: 'bybit', API_KEYS: 'a-key-of-the-bot' }, [/BYBIT_API_KEY is empty/, /BYBIT_API_SECRET is empty/]],
    ['several mistakes at once', { MAX_OPEN_POSITIONS: '0', PRICE_MODE: 'best', OMS_ENABLED: 'yes' }, [/MAX_OPEN_POSITIONS=0/, /PRICE_MODE=best .*last/, /OMS_ENABLED=yes .*true.*false/]],
    ['a slip in a name', { MAX_OPEN_POSITION: '5' }, [/MAX_OPEN_POSITION .*did you mean MAX_OPEN_POSITIONS\?/]],
    ['a limit that is no number', { MAX_SIZE_PER_POSITION_USDT: 'lots' }, [/MAX_SIZE_PER_POSITION_USDT=lots/]],
    ['Postgres', { DATABASE_URL: 'postgres://user:secret@host/db' }, [/DATABASE_URL=.*Postgres/]],
    ['an open address without keys', { HOST: '0.0.0.0' }, [/HOST=0\.0\.0\.0 .*API_KEYS/]],
    ['a replay without files', { PRICE_SOURCE: 'replay' }, [/REPLAY_FILES/]],
    ['a replay of a file that is not there', { PRICE_SOURCE: 'replay', REPLAY_FILES: '/nowhere/ticks.csv' }, [/\/nowhere\/ticks\.csv/]],
    ['a data directory below a file', { DATA_DIR: '/dev/null/data' }, [/\/dev\/null\/data/]],
    ['a port that may not be', { PORT: '70000' }, [/PORT=70000 .*65535/]],
  ])('%s', async (_, settings, lines) => {
    const exit = await refusedStart(settings)
    expect(exit.code).toBe(1)
    const written = exit.stderr.trimEnd().split('\n').filter((line) => !line.startsWith('warning: '))
    expect(written).toHaveLength(lines.length)
    for (const line of lines) expect(written).toContainEqual(expect.stringMatching(line))
    expect(exit.stderr).not.toMatch(/^\s+at |secret/m)
  })

  it('by a mistake in .env: also for names nobody knows', async () => {
    const directory = temporaryDirectory()
    fs.writeFileSync(join(directory, '.env'), 'MAX_OPEN_POSITIONS=5\nMAX_OPEN_POSITONS_PER_SYMBOL=1\nFAVOURITE_COLOUR=blue\n')
    const exit = await refusedStart({}, directory)
    expect(exit.code).toBe(1)
    expect(exit.stderr.trimEnd().split('\n')).toEqual([expect.stringMatching(/did you mean MAX_OPEN_POSITIONS_PER_SYMBOL/), expect.stringMatching(/FAVOURITE_COLOUR/)])
  })

  it('by a port in use, which is named', async () => {
    const first = await Loms.start()
    const { port } = new URL(first.url)
    const exit = await refusedStart({ PORT: port })
    expect(exit).toMatchObject({ code: 1, stderr: expect.stringMatching(new RegExp(`^LOMS cannot start: .*${port}.*in use.*\n$`)) as string })
  })
})

describe('only a warning', () => {
  it('keys and LIVE_TRADING beside paper, an interval of 0, a sqlite URL, and a shadowed .env', async () => {
    const directory = temporaryDirectory()
    fs.writeFileSync(join(directory, '.env'), 'MAX_OPEN_POSITIONS=7\n')
    const loms = await Loms.start(
      { LIVE_TRADING: 'true', BITGET_API_KEY: 'bg-secret', AUTO_CLOSE_INTERVAL_SEC: '0', DATABASE_URL: 'sqlite:///loms.db', MAX_OPEN_POSITIONS: '5' },
      directory,
    )
    const { stderr } = await loms.kill()
    for (const text of ['LIVE_TRADING=true', 'BITGET_API_KEY', 'AUTO_CLOSE_INTERVAL_SEC=0', 'sqlite', 'MAX_OPEN_POSITIONS: the process environment says 5, .env says 7']) expect(stderr).toContain(text)
    expect(stderr).not.toContain('bg-secret')
    expect(stderr.trimEnd().split('\n').every((line) => line.startsWith('warning: '))).toBe(true)
  })
})
