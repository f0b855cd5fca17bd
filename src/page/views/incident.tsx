export function Incident(_: object) {
  return <p class="quiet">…</p>
}
