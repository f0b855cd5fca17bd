/**
 * Panic without a running service: the ordinary recovery on the data directory, with nobody who could hand in a signal,
 * then the same panic as the service's, then a clean stop. The broker is the one that the settings name.
 */
import fs from 'node:fs'
import { join } from 'node:path'
import { readSettings } from '../config/environment.ts'
import type { DirectPanic } from '../cli/commands/panic.ts'
import { createLogger } from '../runtime/logger.ts'
import { panic } from '../runtime/panic.ts'
import { Service } from '../runtime/service.ts'
import { productVersion } from '../version.ts'

const CLOSED_WITHIN_MS = 60_000

export async function panicDirectly(reason: string): Promise<DirectPanic> {
  const loaded = readSettings({})
  if (!loaded.ok) return { ok: false, problems: loaded.problems }
  const { settings } = loaded
  const { dataDir } = settings
  // An empty directory would prove that nothing is open, of nobody.
  if (!fs.existsSync(join(dataDir, 'journal'))) {
    return { ok: false, problems: [`${dataDir} holds no journal: run this in the directory and with the settings of the service, or set DATA_DIR`] }
  }
  const logger = await createLogger('silent', false)
  const opened = await Service.open(settings, productVersion(), logger)
  if (!opened.ok) return { ok: false, problems: [opened.message, 'a service that holds the directory but does not answer must be ended first (kill -9 loses nothing)'] }
  const { service } = opened
  try {
    const openBefore = service.engine.core.registry.size
    // Halted before the first price: what is open closes for this reason and no other.
    if (!(await service.run([{ type: 'trading.halted', accountLabel: null, reason }]))) return { ok: false, problems: [`the journal in ${dataDir} cannot be written`] }
    const outcome = await panic(service, { reason, accountLabel: null }, CLOSED_WITHIN_MS, openBefore)
    return outcome.kind === 'ok' ? { ok: true, report: outcome.value, dataDir } : { ok: false, problems: [outcome.message] }
  } finally {
    await service.stop()
  }
}
