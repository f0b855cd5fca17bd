/** Answers leave when what they say is durable; else they say why it is not. */
import type { Unavailable } from '../http/application.ts'
import type { Service } from './service.ts'

/** True once everything folded so far is durable, false if it is not within a time that a caller waits for. */
export const allDurable = (service: Service): Promise<boolean> => service.whenDurable(service.engine.sequencer.nextSeq - 1)

export const unavailable = (service: Service): Unavailable => ({
  kind: 'unavailable',
  message: service.closedReason() ?? 'the journal did not take this in time; it may still do so, look before you try again',
})
