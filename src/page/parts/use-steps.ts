/** The steps of a position of the running service: its records, folded here by the very machine that ran them there. */
import { useMemo } from 'preact/hooks'
import type { CoreSettings } from '../../domain/core-settings.ts'
import type { PositionRecords } from '../../http/page/page-port.ts'
import { positionSteps, type InspectedRecord, type Step } from '../../inspect/position-steps.ts'
import { useLoaded } from './use-loaded.ts'

export function useSteps(id: number | null, again: unknown): { readonly steps: readonly Step[]; readonly problem: string | null } {
  const { body, problem } = useLoaded<PositionRecords>(id === null ? null : `/page/positions/${id}`, again)
  const steps = useMemo(() => {
    if (!body || id === null) return []
    const run = { id, journalId: body.journal_id, settings: body.settings as unknown as CoreSettings, start: null }
    return positionSteps(run, body.records as unknown as readonly InspectedRecord[])
  }, [body, id])
  return { steps, problem }
}
