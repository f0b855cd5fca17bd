/** Where the page is: the part of the address behind `#`. */
import { signal } from '@preact/signals'

const read = (): readonly string[] => location.hash.replace(/^#\/?/, '').split('/').filter(Boolean)

/** `['position', '12']`; empty on the overview. */
export const route = signal<readonly string[]>(read())
addEventListener('hashchange', () => {
  route.value = read()
  scrollTo(0, 0)
})
