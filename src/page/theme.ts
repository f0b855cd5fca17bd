/** Dark or light: as the system has it, until somebody chooses. */
import { signal } from '@preact/signals'

const STORED = 'loms-theme'
type Theme = 'dark' | 'light'
const preferred = matchMedia('(prefers-color-scheme: light)')
const stored = localStorage.getItem(STORED)

export const theme = signal<Theme>(stored === 'dark' || stored === 'light' ? stored : preferred.matches ? 'light' : 'dark')
const show = (): void => void (document.documentElement.dataset['theme'] = theme.value)
show()

preferred.addEventListener('change', ({ matches }) => {
  if (localStorage.getItem(STORED) !== null) return
  theme.value = matches ? 'light' : 'dark'
  show()
})

export function toggleTheme(): void {
  theme.value = theme.value === 'dark' ? 'light' : 'dark'
  localStorage.setItem(STORED, theme.value)
  show()
}

/** A colour of the theme, for what CSS does not reach. */
export const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
