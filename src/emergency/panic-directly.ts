/**
 * Panic without a running service: the ordinary recovery on the data directory, with nobody who could hand in a signal,
 * then the same panic as the service's, then a clean stop. The broker is the one that the settings name: with live
 * trading the account at the exchange, whose stops are taken away once it is flat.
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
/** A position is closed once it is flat; its last orders are taken away after that. */
const TIDY_WITHIN_MS = 10_000

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
    if (outcome.kind === 'ok' && outcome.value.left.length === 0) await tidied(service)
    return outcome.kind === 'ok' ? { ok: true, report: outcome.value, dataDir } : { ok: false, problems: [outcome.message] }
  } finally {
    await service.stop()
  }
}

/** Resolves once every position has left the registry, its orders with it. */
async function tidied(service: Service): Promise<void> {
  const { registry } = service.engine.core
  const left = new Set<number>(registry.ids())
  if (left.size > 0) await service.when((notice) => notice.type === 'position.retired' && left.delete(notice.positionId) && left.size === 0, TIDY_WITHIN_MS)
}
