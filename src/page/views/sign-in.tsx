/** Signing in with an API key, once per browser. */
import { useState } from 'preact/hooks'
import { signIn } from '../api.ts'
import { Mark } from '../parts/navigation.tsx'

export function SignIn() {
  const [key, setKey] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const submit = (event: Event): void => {
    event.preventDefault()
    void signIn(key).then(setProblem)
  }
  return (
    <main class="sign-in">
      <form class="panel" onSubmit={submit}>
        <Mark />
        <h1>Sign in to LOMS</h1>
        <p>This service asks for one of its API keys. It stays in the service: the browser keeps a session that ends after twelve hours or with a restart.</p>
        <label class="field">
          <span>API key</span>
          <span class="field-input"><input type="password" name="key" autocomplete="current-password" value={key} onInput={(event) => setKey(event.currentTarget.value)} /></span>
        </label>
        {problem !== null && <p class="problem" role="alert">{problem}</p>}
        <button class="button primary" disabled={key.trim() === ''}>Sign in</button>
        <p class="quiet">A key with scope <code>read</code> shows everything and changes nothing.</p>
      </form>
    </main>
  )
}
