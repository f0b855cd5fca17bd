/** Composition root of the service: settings, service, HTTP, signals of the operating system. */
import { pathToFileURL } from 'node:url'
import { readSettings } from './config/environment.ts'
import { exitStrategies } from './exits/registry.ts'
import { createApp } from './http/app.ts'
import { listen, type Listening } from './http/server.ts'
import { createLogger, type Logger } from './runtime/logger.ts'
import { LoopWatch } from './runtime/loop-watch.ts'
import { PaperTwin } from './runtime/paper-twin.ts'
import { startAlerts, type RunningAlerts } from './runtime/service-alerts.ts'
import { ServiceApplication } from './runtime/service-application.ts'
import { ServicePage } from './runtime/service-page.ts'
import { Service } from './runtime/service.ts'
import { productVersion } from './version.ts'

/** Runs the service until it is told to stop. The exit code is 1 where it cannot start. */
export async function main(): Promise<void> {
  const loaded = readSettings()
  for (const warning of loaded.warnings) process.stderr.write(`warning: ${warning}\n`)
  if (!loaded.ok) return refuse(loaded.problems)
  const { settings } = loaded
  const logger = await createLogger(settings.logLevel, process.stdout.isTTY)
  const opened = await Service.open(settings, productVersion(), logger)
  if (!opened.ok) return refuse([opened.message])
  const { service } = opened
  const twin = settings.paperTwin ? await PaperTwin.start(settings, productVersion(), logger) : null
  const application = new ServiceApplication(service, twin)
  const page = new ServicePage(service, loaded.effective)
  const api = createApp({
    application,
    settings,
    knownExitStrategies: exitStrategies,
    logger: { error: (fields, message) => logger.error(message, fields) },
    now: () => performance.now(),
    page,
  })
  if (!(await service.run())) {
    refuse(['the journal cannot be written; see the log above, make room on the disk or repair it, then start again'])
    // The batch that waits for the disk would keep the process.
    process.exit()
  }
  const stopServices = async (): Promise<void> => void (await Promise.all([service.stop(), twin?.stop()]))
  const listening = await listen(api, settings.host, settings.port)
  if (!listening.ok) {
    await stopServices()
    return refuse([listening.message])
  }
  // Recorded prices at full speed may well hold the loop for a while.
  if (service.clock.kind === 'real') service.eventLoop = new LoopWatch(({ ms }) => logger.error('event_loop_stalled', { ms: Math.round(ms) }))
  const alerts = startAlerts(service, application, logger)
  // Before anybody is told that it runs: a stop from then on is a clean one.
  stopOnSignal(stopServices, listening, alerts, logger)
  logger.info('service_started', { url: listening.url, environment: settings.environment, broker_mode: settings.brokerMode, data_dir: settings.dataDir, version: productVersion() })
  await api.prepare()
}

function refuse(problems: readonly string[]): void {
  for (const problem of problems) process.stderr.write(`LOMS cannot start: ${problem}\n`)
  process.exitCode = 1
}

function stopOnSignal(stopServices: () => Promise<void>, listening: Listening, alerts: RunningAlerts, logger: Logger): void {
  let stopping = false
  const stop = (signal: string): void => {
    // Asked twice: leave at once; the journal has everything.
    if (stopping) process.exit(130)
    stopping = true
    logger.info('service_stopping', { signal })
    alerts.stop()
    listening
      .close()
      .then(stopServices)
      .then(
        () => process.exit(0),
        (error: unknown) => {
          logger.error('service_stop_failed', { error: String(error) })
          process.exit(1)
        },
      )
  }
  process.on('SIGTERM', () => stop('SIGTERM'))
  process.on('SIGINT', () => stop('SIGINT'))
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await main()
