/** Questions before anything is done: each names what will happen. One at a time; Escape leaves everything as it is. */
import { signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

export type Question = {
  readonly title: string
  readonly content: ComponentChildren
  /** What the button says, e.g. `Close position 12`. */
  readonly action: string
  readonly danger?: boolean
  /** A word that must be typed first. */
  readonly typed?: string
  readonly fields?: readonly Field[]
  /** Does it; a text is a problem to be shown, null is success. */
  readonly act: (values: Readonly<Record<string, string>>) => Promise<string | null>
}
export type Field = { readonly name: string; readonly label: string; readonly value?: string; readonly unit?: string; readonly required?: boolean; readonly number?: boolean }

const question = signal<Question | null>(null)
/** Asks; a question that is open is replaced. */
export const ask = (asked: Question): void => void (question.value = asked)
const close = (): void => void (question.value = null)

export function DialogHost() {
  const { value } = question
  return value ? <Dialog key={value.title} question={value} /> : null
}

function Dialog({ question: { title, content, action, danger, typed, fields = [], act } }: { readonly question: Question }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [values, setValues] = useState<Readonly<Record<string, string>>>(Object.fromEntries(fields.map(({ name, value = '' }) => [name, value])))
  const [problem, setProblem] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  useEffect(() => dialog.current?.showModal(), [])
  const missing = fields.some(({ name, required }) => required && values[name]?.trim() === '') || (typed !== undefined && values['typed'] !== typed)
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    if (busy || missing) return
    setBusy(true)
    const refused = await act(values)
    setBusy(false)
    if (refused === null) close()
    else setProblem(refused)
  }
  const set = (name: string) => (event: Event) => setValues({ ...values, [name]: (event.currentTarget as HTMLInputElement).value })
  return (
    <dialog ref={dialog} class={danger ? 'dialog danger' : 'dialog'} onClose={close} aria-labelledby="dialog-title">
      <form method="dialog" onSubmit={(event) => void submit(event)}>
        <h2 id="dialog-title">{title}</h2>
        <div class="dialog-content">{content}</div>
        {fields.map(({ name, label, unit, number }) => (
          <label class="field" key={name}>
            <span>{label}</span>
            <span class="field-input">
              <input name={name} value={values[name]} inputMode={number ? 'decimal' : 'text'} autocomplete="off" onInput={set(name)} />
              {unit && <em>{unit}</em>}
            </span>
          </label>
        ))}
        {typed !== undefined && (
          <label class="field">
            <span>Type <b>{typed}</b> to go on</span>
            <span class="field-input"><input name="typed" autocomplete="off" onInput={set('typed')} /></span>
          </label>
        )}
        {problem !== null && <p class="problem" role="alert">{problem}</p>}
        <footer>
          <button type="button" class="button" onClick={close}>Cancel</button>
          <button type="submit" class={danger ? 'button danger-solid' : 'button primary'} disabled={missing || busy}>{busy ? 'Working…' : action}</button>
        </footer>
      </form>
    </dialog>
  )
}
