export function Report() {
  return <p class="quiet">…</p>
}
