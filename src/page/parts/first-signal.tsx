/** What to do while nothing is open: how a signal is sent, ready to be copied, and in LAB a button that does it. */
import { useState } from 'preact/hooks'
import { may, post, session } from '../api.ts'
import { now, status } from '../store.ts'
import { Icon } from './icons.tsx'

type Sent = { readonly risk_ok: boolean; readonly position_id?: number; readonly risk_reason?: string; readonly reason?: string }

const body = (at: number) => ({ symbol: 'BTCUSDT', side: 'long', price: 64_000, timestamp: new Date(at).toISOString().slice(0, 19) + 'Z', qty: 0.01, tp_pct: 9.5, sl_pct: 9.5 })

export function FirstSignal() {
  const value = status.value
  const [copied, setCopied] = useState(false)
  const [answer, setAnswer] = useState<string | null>(null)
  if (!value) return null
  const first = value.positions_ever === 0
  // By the minute, so that the text does not move under the reader.
  const at = Math.floor(now.value / 60_000) * 60_000
  const key = session.value?.required ? ` \\\n  -H 'X-API-Key: YOUR_KEY'` : ''
  // With real money nothing that could be pasted by mistake: the verdict only.
  const command = value.live ? 'loms signal --symbol BTCUSDT --side long --price 64000 --dry-run' : `curl -X POST ${location.origin}/signals/bounce \\\n  -H 'Content-Type: application/json'${key} \\\n  -d '${JSON.stringify(body(at))}'`
  const copy = (): void => {
    void navigator.clipboard?.writeText(command).then(() => {
      setCopied(true)
      setTimeout(() => setCopied(false), 2000)
    })
  }
  const send = async (): Promise<void> => {
    const sent = await post<Sent>('/signals/bounce', body(Date.now()))
    if (!sent.ok) return setAnswer(sent.message)
    setAnswer(sent.body.risk_ok ? `Position ${sent.body.position_id ?? ''} opened` : `Not opened: ${sent.body.risk_reason ?? sent.body.reason ?? ''}`)
  }
  return (
    <section class="panel welcome" aria-labelledby="welcome">
      <div>
        <h2 id="welcome">{first ? 'Ready for your first signal' : 'Nothing is open'}</h2>
        <p>
          Your bot posts a signal; LOMS checks it against the limits, opens the position, places stop-loss and take-profit, and owns it until it is closed.
          {value.live && <> Here it does so with real money; the command beside shows every check and opens nothing.</>}
          {value.mode === 'LAB' && <> In LAB prices are invented and no order leaves this machine.</>}
        </p>
        <div class="welcome-actions">
          {value.mode === 'LAB' && may('signal') && <button class="button primary" onClick={() => void send()}><Icon name="play" />{first ? 'Send the first signal' : 'Send a test signal'}</button>}
          <a class="button" href="/docs">All addresses</a>
        </div>
        {answer !== null && <p role="status" class="answer">{answer}</p>}
      </div>
      <figure class="code">
        <pre tabIndex={0}>{command}</pre>
        <button class="button small" onClick={copy}><Icon name="copy" />{copied ? 'Copied' : 'Copy'}</button>
      </figure>
    </section>
  )
}
