/** Structured logs with stable event names. JSON lines; readable text in a terminal. Secrets are redacted. */
import { pino, type Logger as PinoLogger } from 'pino'

/** The one way to log: a constant event name and fields, never a sentence built of values. */
export type Logger = {
  readonly info: (event: string, fields?: object) => void
  readonly warn: (event: string, fields?: object) => void
  readonly error: (event: string, fields?: object) => void
}

/** Paths that may carry secrets; the values never reach a log. */
const REDACTED = ['*.key', '*.secret', '*.token', '*.password', '*.passphrase', '*.authorization', '*.apiKey', '*.apiSecret']

/**
 * A logger on standard output. Synchronous, because an asynchronous destination loses its last lines when the process
 * dies; `pretty` is loaded only for a terminal.
 */
export async function createLogger(level: string, pretty: boolean): Promise<Logger> {
  const options = { level, base: null, redact: { paths: REDACTED, censor: '***' }, messageKey: 'event', timestamp: () => `,"ts":"${new Date().toISOString()}"` }
  if (!pretty) return adapt(pino(options, pino.destination({ sync: true })))
  const { default: prettyStream } = await import('pino-pretty')
  return adapt(pino(options, prettyStream({ messageKey: 'event', timestampKey: 'ts', translateTime: false, sync: true, singleLine: true })))
}

const adapt = (logger: PinoLogger): Logger => ({
  info: (event, fields = {}) => logger.info(fields, event),
  warn: (event, fields = {}) => logger.warn(fields, event),
  error: (event, fields = {}) => logger.error(fields, event),
})

export const silentLogger: Logger = { info: () => {}, warn: () => {}, error: () => {} }
