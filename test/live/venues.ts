/** The venues under test, and their codes for what tests make them answer. */
export const VENUES = ['bybit', 'bitget'] as const

export const CODE = {
  bybit: { refused: '110003', wouldTrigger: '110093', unknown: '10016', duplicate: '110072', noMargin: '110007', noPosition: '110017', tooMany: '10006', gone: '110001', clock: '10002' },
  bitget: { refused: '40815', wouldTrigger: '40917', unknown: '40725', duplicate: '40786', noMargin: '40762', noPosition: '22002', tooMany: '429', gone: '40768', clock: '40008' },
} as const
