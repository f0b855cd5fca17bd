/** How a setting's value may be shown: secrets and passwords never. */
import { maskedApiKeys, parseApiKeys } from './api-keys.ts'
import type { Setting } from './setting.ts'

export function shown(setting: Setting, value: string): string {
  if (value === '') return ''
  if (setting.name === 'API_KEYS') {
    const { keys, problems } = parseApiKeys(value)
    return problems.length === 0 ? maskedApiKeys(keys) : '****'
  }
  if (setting.secret) return '****'
  // A URL may carry a password.
  return printable(value.replace(/\/\/[^/@\s]*@/, '//****@'))
}

const printable = (text: string): string => {
  const plain = text.replaceAll(/\p{C}/gu, '?')
  return plain.length > 200 ? `${plain.slice(0, 200)}…` : plain
}
