/** Structured logs with stable event names. JSON lines; readable text in a terminal. Secrets are redacted. */
import { pino, type Logger as PinoLogger, type LoggerOptions } from 'pino'

/** The one way to log: a constant event name and fields, never a sentence built of values. */
export type Logger = {
  readonly info: (event: string, fields?: object) => void
  readonly warn: (event: string, fields?: object) => void
  readonly error: (event: string, fields?: object) => void
}

/** Paths that may carry secrets; the values never reach a log. */
const REDACTED = ['*.key', '*.secret', '*.token', '*.password', '*.passphrase', '*.authorization', '*.apiKey', '*.apiSecret']

/** What waits for a log that takes nothing; lines beyond it are dropped. */
const MOST_WAITING_BYTES = 1 << 20

/**
 * A logger on standard output (or another descriptor). Synchronous, because an asynchronous destination loses its last
 * lines when the process dies; `pretty` is loaded only for a terminal. A log that cannot be written, a full disk for
 * instance, is nobody's failure: lines are kept for a while, then dropped, and their number is told when it works again.
 */
export async function createLogger(level: string, pretty: boolean, descriptor = 1): Promise<Logger> {
  const options = { level, base: null, redact: { paths: REDACTED, censor: '***' }, messageKey: 'event', timestamp: () => `,"ts":"${new Date().toISOString()}"` }
  if (!pretty) return onDescriptor(options, descriptor)
  const { default: prettyStream } = await import('pino-pretty')
  return adapt(pino(options, prettyStream({ messageKey: 'event', timestampKey: 'ts', translateTime: false, sync: true, singleLine: true })))
}

function onDescriptor(options: LoggerOptions, descriptor: number): Logger {
  const destination = pino.destination({ dest: descriptor, sync: true, maxLength: MOST_WAITING_BYTES })
  const logger = adapt(pino(options, destination))
  let dropped = 0
  destination.on('error', () => {})
  destination.on('drop', () => (dropped += 1))
  destination.on('write', () => {
    const lines = dropped
    dropped = 0
    if (lines > 0) queueMicrotask(() => logger.warn('log_lines_dropped', { lines }))
  })
  return logger
}

const adapt = (logger: PinoLogger): Logger => ({
  info: (event, fields = {}) => logger.info(fields, event),
  warn: (event, fields = {}) => logger.warn(fields, event),
  error: (event, fields = {}) => logger.error(fields, event),
})

export const silentLogger: Logger = { info: () => {}, warn: () => {}, error: () => {} }
