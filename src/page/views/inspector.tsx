export function Inspector(_: { readonly position: number | null }) {
  return <p class="quiet">…</p>
}
