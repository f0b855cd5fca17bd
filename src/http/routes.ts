/** All addresses of the service. */
import { CONTROL_ROUTES } from './control.ts'
import { ENTRY_ROUTES } from './entries.ts'
import { OPERATION_ROUTES } from './operation.ts'
import { READING_ROUTES } from './reading.ts'
import type { Route } from './route.ts'

export const ROUTES: readonly Route[] = [...ENTRY_ROUTES, ...READING_ROUTES, ...CONTROL_ROUTES, ...OPERATION_ROUTES]
