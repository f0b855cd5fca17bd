/** Bitget v2 mix over HTTP and websocket. */
import type { ExchangeModel } from '../model/exchange-model.ts'
import type { VenueFace } from '../wire/face.ts'

export function createBitgetFace(_model: ExchangeModel): VenueFace {
  return {
    nameOf: () => undefined,
    answer: () => ({ status: 404, body: '' }),
    errorAnswer: () => ({ status: 404, body: '' }),
    editLists: (body) => body,
    isSocketPath: () => false,
    onMessage: () => undefined,
    pushesOf: () => [],
  }
}
