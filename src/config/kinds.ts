/** Short words for the kinds of values, for the tables of settings. */
import type { Setting, SettingKind } from './setting.ts'

export const boolean: SettingKind = { type: 'choice', values: ['true', 'false'] }
export const choice = (...values: string[]): SettingKind => ({ type: 'choice', values })
export const text = (allowed: string, pattern?: RegExp, empty = false): SettingKind => ({ type: 'text', allowed, ...(pattern ? { pattern } : {}), ...(empty ? { empty } : {}) })
export const whole = (min: string, max: string): SettingKind => ({ type: 'number', whole: true, min, max })
export const number = (min: string, max: string): SettingKind => ({ type: 'number', whole: false, min, max })
export const above = (min: string, max: string): SettingKind => ({ type: 'number', whole: false, min, max, above: true })
export const optionalNumber = (max: string): SettingKind => ({ type: 'number', whole: false, min: '0', max, above: true, empty: true })
export const limit: SettingKind = { type: 'limit', whole: false }
export const count: SettingKind = { type: 'limit', whole: true }
export const secretText: SettingKind = { type: 'special', allowed: 'the text the other side gave you, or empty' }
export const per = (lab: string, shadow: string, semiLive: string): Setting['byDefault'] => ({ lab, shadow, 'semi-live': semiLive })
