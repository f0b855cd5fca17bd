/** The cheapest POST on the service's own framework: the body parsed, a body answered. */
import { serve } from '@hono/node-server'
import { Hono } from 'hono'

const app = new Hono()
app.get('/health', (context) => context.json({ ok: true }))
app.post('/signals/bounce', async (context) => {
  const body = await context.req.json<Record<string, unknown>>()
  return context.json({ received: true, symbol: body['symbol'] })
})
serve({ fetch: app.fetch, port: Number(process.env['PORT']), hostname: '127.0.0.1' })
