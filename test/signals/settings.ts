import { exitStrategies } from '../../src/exits/registry.ts'
import { loadSettings } from '../../src/config/load.ts'
import type { Settings } from '../../src/config/settings.ts'

export const KNOWN = exitStrategies

/** The settings of a lab, with these written. */
export function settingsWith(environment: Record<string, string> = {}): Settings {
  const loaded = loadSettings({ environment, dotEnv: null })
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'))
  return loaded.settings
}
