import type { SmsEntry } from "./journal.ts"

/** One text message. */
export interface StoredMessage {
  readonly smsMsgId: number
  /** Epoch milliseconds. */
  readonly at: number
  readonly iccid: string
  readonly messageText: string
}

/** The messages that were sent to SIMs, oldest first. */
export interface MessageStore {
  readonly all: readonly StoredMessage[]
  /** Journals a message and keeps it. */
  send(message: Omit<StoredMessage, "smsMsgId">): StoredMessage
  replay(entry: SmsEntry): void
}

const FIRST_ID = 700_001

/** Opens an empty store. */
export function createMessageStore(append: (entry: SmsEntry) => void): MessageStore {
  const all: StoredMessage[] = []

  return {
    all,
    send(message) {
      const entry: SmsEntry = { type: "sms", smsMsgId: FIRST_ID + all.length, ...message }
      append(entry)
      all.push(entry)
      return entry
    },
    replay(entry) {
      all.push(entry)
    },
  }
}
