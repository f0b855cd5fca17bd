/**
 * Alerts as signed JSON to an address of the operator's.
 *
 * `X-Loms-Signature: v1=<hex>` is HMAC-SHA256 with the shared secret over `<X-Loms-Timestamp>.<body>`; the time stamp
 * (seconds) lets a receiver refuse old requests. `Idempotency-Key` is the same when the same message comes again.
 */
import { createHmac } from 'node:crypto'
import type { Alert } from './alert.ts'
import type { Channel, SendOutcome } from './channel.ts'
import { sendRequest } from './http-request.ts'

const TIMEOUT_MS = 5_000
const ALERTS_PER_REQUEST = 50

export type WebhookTarget = { readonly url: string; readonly secret: string; readonly environment: string; readonly now: () => number }

export function webhookSignature(secret: string, timestamp: string, body: string): string {
  return `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`
}

export class WebhookChannel implements Channel {
  readonly name = 'webhook'
  readonly gapMs = 0
  readonly #target: WebhookTarget

  constructor(target: WebhookTarget) {
    this.#target = target
  }

  fits(alerts: readonly Alert[]): number {
    return Math.min(alerts.length, ALERTS_PER_REQUEST)
  }

  async send(alerts: readonly Alert[]): Promise<SendOutcome> {
    const { url, secret, environment, now } = this.#target
    const body = JSON.stringify({
      source: 'loms',
      environment,
      alerts: alerts.map(({ seq, at, kind, severity, subject, text, fields }) => ({ id: alertId(seq, kind, at), seq, at: new Date(at).toISOString(), kind, severity, subject, text, fields })),
    })
    const timestamp = String(Math.floor(now() / 1000))
    const [first] = alerts
    const headers = {
      'content-type': 'application/json',
      'idempotency-key': first ? `${alertId(first.seq, first.kind, first.at)}-${alerts.length}` : 'empty',
      'x-loms-timestamp': timestamp,
      'x-loms-signature': webhookSignature(secret, timestamp, body),
    }
    const outcome = await sendRequest({ method: 'POST', url, headers, body, timeoutMs: TIMEOUT_MS })
    if (!outcome.ok) return { kind: 'later', afterMs: null, why: outcome.why }
    if (outcome.status >= 200 && outcome.status < 300) return { kind: 'delivered' }
    const why = `the webhook answered ${outcome.status}`
    // 400, 413 and 422 speak of this very body; every other refusal can be put right at the other end.
    return [400, 413, 422].includes(outcome.status) ? { kind: 'unacceptable', why } : { kind: 'later', afterMs: outcome.retryAfterMs, why }
  }
}

const alertId = (seq: number | null, kind: string, at: number): string => (seq === null ? `${kind}-${at}` : String(seq))
