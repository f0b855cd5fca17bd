/** Line icons, drawn on a 20 px grid. */

const PATHS = {
  overview: 'M3 10.5 10 4l7 6.5M5 9.5V16h10V9.5',
  signals: 'M10 15.5v-5M6.5 12a5 5 0 0 1 0-7M13.500 12a5 5 0 0 0 0-7M4 14.5a8.500 8.500 0 0 1 0-12M16 14.5a8.500 8.500 0 0 0 0-12M10 8.500v.01',
  orders: 'M4 5h12M4 10h12M4 15h7',
  report: 'M4 16V9M8.500 16V4M13 16v-5M17 16V7',
  inspector: 'M9 9m-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0M13 13l4 4',
  incident: 'M10 4a6 6 0 1 1-5.6 3.8M4 3.500v4.500h4.500M10 7v3.500l2.500 1.5',
  reconciliation: 'M4 7h10l-3-3M16 13H6l3 3',
  audit: 'M6 3h6l3 3v11H6zM8.500 9h4M8.500 12h4',
  settings: 'M4 6h6M14 6h2M4 14h2M10 14h6M12 6m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0M8 14m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0',
  theme: 'M10 3a7 7 0 1 0 7 7 5 5 0 0 1-7-7z',
  out: 'M8 4H4v12h4M12 7l3 3-3 3M15 10H8',
  stop: 'M7 3h6l4 4v6l-4 4H7l-4-4V7zM10 6.500v4.500M10 13.500v.01',
  copy: 'M7 7h9v9H7zM4 13V4h9',
  play: 'M6 4l10 6-10 6z',
} as const
export type IconName = keyof typeof PATHS

export const Icon = ({ name }: { readonly name: IconName }) => (
  <svg class="icon" viewBox="0 0 20 20" aria-hidden="true"><path d={PATHS[name]} /></svg>
)
