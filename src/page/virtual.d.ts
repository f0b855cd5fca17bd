declare module 'virtual:charts' {
  type Drawn = import('../inspect/chart.ts').DrawnChart
  /** Laid out when the page is built. */
  export const charts: { readonly position: Drawn; readonly supervisor: Drawn }
}
