declare module 'virtual:charts' {
  import type { DrawnChart } from '../inspect/chart.ts'
  /** Laid out when the page is built. */
  export const charts: { readonly position: DrawnChart; readonly supervisor: DrawnChart }
}
