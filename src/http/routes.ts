/** All addresses of the service. */
import { ADOPTION_ROUTES } from './adoption.ts'
import { CONTROL_ROUTES } from './control.ts'
import { ENTRY_ROUTES } from './entries.ts'
import { EXIT_SIGNAL_ROUTES } from './exit-signals.ts'
import { HOOK_ROUTES } from './hooks.ts'
import { OPERATION_ROUTES } from './operation.ts'
import { PAGE_ROUTES } from './page/page-routes.ts'
import { SESSION_ROUTES } from './page/session-routes.ts'
import { POSITION_CHANGE_ROUTES } from './position-changes.ts'
import { READING_ROUTES } from './reading.ts'
import type { Route } from './route.ts'

export const ROUTES: readonly Route[] = [...ENTRY_ROUTES, ...EXIT_SIGNAL_ROUTES, ...HOOK_ROUTES, ...READING_ROUTES, ...POSITION_CHANGE_ROUTES, ...ADOPTION_ROUTES, ...CONTROL_ROUTES, ...OPERATION_ROUTES, ...SESSION_ROUTES, ...PAGE_ROUTES]
