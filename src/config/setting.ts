/** What one setting is, and how its text is read. The table of all settings is in `schema.ts`. */
import { atLeast, atMost, decimal, greater, isPositive, isZero, parseDecimal, type Decimal } from '../domain/decimal.ts'

export const PROFILES = ['lab', 'shadow', 'semi-live'] as const
export type Profile = (typeof PROFILES)[number]

/** The values a setting may have. `empty: true` makes the empty value a value of its own. */
export type SettingKind =
  | { readonly type: 'text'; readonly allowed: string; readonly pattern?: RegExp; readonly empty?: boolean }
  /** `later`: values of a later version, each with what to use instead. */
  | { readonly type: 'choice'; readonly values: readonly string[]; readonly later?: Readonly<Record<string, string>> }
  | { readonly type: 'number'; readonly whole: boolean; readonly min: string; readonly max: string; readonly above?: boolean; readonly empty?: boolean }
  /** A number above zero; empty = no limit. */
  | { readonly type: 'limit'; readonly whole: boolean }
  /** A factor above zero, or `max`. */
  | { readonly type: 'speed' }
  /** Read by code of its own: `API_KEYS`, `DATABASE_URL`. */
  | { readonly type: 'special'; readonly allowed: string }

/** A default: one text, one per profile, or a text for the documentation where it depends on other settings. */
export type SettingDefault = string | Readonly<Record<Profile, string>> | { readonly derived: string }

export type Setting = {
  readonly name: string
  readonly group: string
  readonly kind: SettingKind
  readonly byDefault: SettingDefault
  /** What the number counts, e.g. `s`, `%`, `USDT`. */
  readonly unit?: string
  readonly secret?: true
  /** Its semi-live value is part of `RISK_PROFILE=semi_live_100eur`. */
  readonly risk?: true
  /** A setting of a later version: only its default is accepted. */
  readonly later?: true
  /** Keys of an exchange: beside `BROKER_MODE=paper` they give a warning and stay unused. */
  readonly exchangeKey?: true
  readonly doc: string
}

/** One sentence part for messages and documentation: what may be written. */
export function allowedText(setting: Setting): string {
  const { kind } = setting
  const unit = setting.unit ? ` ${setting.unit}` : ''
  switch (kind.type) {
    case 'text':
      return kind.empty ? `${kind.allowed}, or empty` : kind.allowed
    case 'special':
      return kind.allowed
    case 'choice':
      return kind.values.map((value) => (value === '' ? 'empty' : value)).join(' | ')
    case 'number': {
      const noun = kind.whole ? 'a whole number' : 'a number'
      const range = kind.above ? `above ${kind.min} and at most ${kind.max}` : `from ${kind.min} to ${kind.max}`
      return `${noun} ${range}${unit}${kind.empty ? ', or empty' : ''}`
    }
    case 'limit':
      return `${kind.whole ? 'a whole number' : 'a number'} above 0${unit}, or empty for no limit`
    case 'speed':
      return 'a number above 0, or max'
  }
}

/** Whether the empty text is a value of its own and does not mean "not set". */
export const emptyIsValue = ({ kind }: Setting): boolean =>
  kind.type === 'limit' || kind.type === 'special' || ((kind.type === 'number' || kind.type === 'text') && kind.empty === true) || (kind.type === 'choice' && kind.values.includes(''))

/** Why `text` is not allowed for the setting, as the end of a sentence; undefined where it is. */
export function refusal(setting: Setting, text: string): string | undefined {
  const { kind } = setting
  if (text === '' && emptyIsValue(setting)) return undefined
  const wrong = `allowed is ${allowedText(setting)}`
  switch (kind.type) {
    case 'special':
      return undefined
    case 'text':
      return (kind.pattern ?? /^[^\p{C}]+$/u).test(text) ? undefined : wrong
    case 'choice':
      if (kind.values.includes(text)) return undefined
      return kind.later?.[text] ? `not in this version; ${kind.later[text]}` : wrong
    case 'speed':
      return text === 'max' || positive(text) ? undefined : wrong
    case 'limit': {
      const value = plainNumber(text)
      if (value !== undefined && isZero(value)) return 'a limit of 0 is refused; write empty for no limit'
      return value !== undefined && isPositive(value) && inRange(value, kind.whole, '0', '1000000000000') ? undefined : wrong
    }
    case 'number': {
      const value = plainNumber(text)
      if (value === undefined || !inRange(value, kind.whole, kind.min, kind.max)) return wrong
      return kind.above && !greater(value, decimal(kind.min)) ? wrong : undefined
    }
  }
}

/** A decimal without exponent, as people write settings. */
export const plainNumber = (text: string): Decimal | undefined => (/^-?\d{1,20}(\.\d{1,20})?$/.test(text) ? parseDecimal(text) : undefined)

const positive = (text: string): boolean => {
  const value = plainNumber(text)
  return value !== undefined && isPositive(value)
}
const inRange = (value: Decimal, whole: boolean, min: string, max: string): boolean =>
  (!whole || !value.includes('.')) && atLeast(value, decimal(min)) && atMost(value, decimal(max))
