/** What must hold for every answer, whatever was asked. */
import type { Answer } from './client.ts'
import type { Description, FuzzRequest } from './described-requests.ts'
import { breaches } from './json-schema.ts'
import type { RawRequest } from './raw-requests.ts'

/** 503 is said on purpose: too many readers of a stream. */
const DELIBERATE = new Set(['unavailable', 'not_ready'])
const STACK = /\\n\s+at |\n\s+at \S+ \(|node:internal|node_modules/
const BODILESS = new Set(['HEAD'])

/** `secrets`: what no answer may contain. */
export class Judge {
  readonly #description: Description
  readonly #secrets: readonly string[]
  constructor(description: Description, secrets: readonly string[]) {
    this.#description = description
    this.#secrets = secrets
  }

  /** What is wrong with the answer; empty: nothing. */
  answered(request: FuzzRequest, answer: Answer): readonly string[] {
    const problems = [...this.#leaks(`${answer.text} ${JSON.stringify(answer.headers)}`)]
    if (STACK.test(answer.text) && !request.path.startsWith('/docs') && !request.path.startsWith('/assets')) problems.push('shows a stack trace')
    // Node's own parser refuses these without a body, before any route.
    if (answer.text === '' && [400, 408, 417, 431].includes(answer.status) && answer.headers['x-request-id'] === undefined) return problems
    if (answer.headers['x-content-type-options'] !== 'nosniff') problems.push('lacks its safe headers')
    if (BODILESS.has(request.method)) return answer.text === '' ? problems : [...problems, 'answers HEAD with a body']
    if (answer.status >= 400) problems.push(...this.#refusal(answer))
    return [...problems, ...this.#asDescribed(request, answer)]
  }

  /** What is wrong with everything that came back over one socket. */
  raw({ requests, what }: RawRequest, received: string): readonly string[] {
    const statuses = statusesOf(received)
    // The parser's word on what follows the last request is no answer to a request.
    const answers = statuses.filter((status, index) => status >= 200 && !(status === 400 && index === statuses.length - 1))
    return [
      ...this.#leaks(received),
      ...statuses.filter((status) => status >= 500).map((status) => `${what}: answered ${status}`),
      ...(answers.length > requests ? [`${what}: ${answers.length} answers (${statuses.join(' ')}) to at most ${requests} requests`] : []),
      ...(received !== '' && statuses.length === 0 ? [`${what}: answered with something that is not HTTP`] : []),
    ]
  }

  #leaks(text: string): readonly string[] {
    return this.#secrets.filter((secret) => text.includes(secret)).map((secret) => `shows the secret ${secret}`)
  }

  #refusal({ status, headers, text }: Answer): readonly string[] {
    if (headers['content-type'] !== 'application/problem+json') return [`is ${status} as ${headers['content-type'] ?? 'nothing'}: ${text.slice(0, 100)}`]
    const problem = parsed(text) as { readonly status?: number; readonly code?: string; readonly request_id?: string; readonly errors?: readonly unknown[] } | undefined
    const schema = this.#description.components['Problem'] ?? {}
    return [
      ...breaches(schema, problem, this.#description.components, 'problem'),
      ...(problem?.status === status ? [] : [`has the status ${status}, its problem says ${problem?.status}`]),
      ...(problem?.request_id === headers['x-request-id'] ? [] : ['has two request ids']),
      ...(status === 422 && !problem?.errors?.length && problem?.code !== 'idempotency_key_reused' ? ['is 422 and names no field'] : []),
      ...(status >= 500 && !(status === 503 && DELIBERATE.has(problem?.code ?? '')) ? [`is ${status} ${problem?.code}`] : []),
    ]
  }

  #asDescribed({ operation, body }: FuzzRequest, { status, headers, text }: Answer): readonly string[] {
    const responses = operation?.responses
    if (!responses || status === 405) return []
    const response = responses[String(status)]
    if (!response) return [`is ${status}, which its description does not know`]
    const [contentType, content] = Object.entries(response.content ?? {})[0] ?? []
    const problems: string[] = []
    if (contentType && !headers['content-type']?.startsWith(contentType)) problems.push(`is ${headers['content-type']}, described as ${contentType}`)
    if (status < 300 && content?.schema && contentType === 'application/json') problems.push(...breaches(content.schema, parsed(text), this.#description.components, 'answer'))
    if (status < 300 && operation.body && !operation.path.startsWith('/hooks/')) problems.push(...this.#wronglyAccepted(operation.body, body))
    return problems
  }

  /** What the schema forbids is not accepted. */
  #wronglyAccepted(schema: Parameters<typeof breaches>[0], body: Buffer | null): readonly string[] {
    if (body === null || body.length === 0) return []
    const value = parsed(body.toString())
    if (value === undefined) return ['accepts a body that is not JSON']
    const found = breaches(schema, value, this.#description.components)
    return found.length === 0 ? [] : [`accepts what the description forbids: ${found[0]}`]
  }
}

/** The statuses of the answers in what was received, as far as they can be told apart. */
export const statusesOf = (received: string): readonly number[] => [...received.matchAll(/(?:^|\r?\n|[\]}"\w])HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status))

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
