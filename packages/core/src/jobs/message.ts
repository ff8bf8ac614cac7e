import type { JobFailure, JobRequest } from "./job.ts"
import type { Platform } from "../store/mod.ts"

/** A message as a queue delivers it: attributes, which are texts, beside a body. */
export interface QueueMessage {
  /** The queue's own id: the same id again is the same message. */
  readonly id: string
  readonly attributes: Readonly<Record<string, string>>
  readonly body: string
}

/** Turns the messages of one source into jobs. Supplied by the room that knows their shape. */
export interface MessageTranslator {
  /** The source it reads, for example `optimization`. */
  readonly name: string
  /**
   * The jobs that a message asks for. Pure: what has to be looked up is looked up by the jobs, which are retried. Jobs
   * get ids made from the message's, unless they bring their own.
   *
   * @throws {CoreError} `input.invalid` with the field, for a message that asks for nothing it can read.
   */
  translate(message: QueueMessage): readonly JobRequest[]
}

/** A platform that knows how to read messages. */
export interface MessageHost extends Platform {
  readonly translators: readonly MessageTranslator[]
}

/** Whose messages, from where. */
export interface MessageScope {
  /** As the translator is named. */
  readonly source: string
  /** The tenant at whose door they came in: it may ask for its own jobs only. @default the platform, for any tenant */
  readonly tenantId?: string | undefined
}

/** A message that could not be turned into jobs, with the reason. */
export interface DeadMessage {
  /** Its place in the store; sorts by when it first came. */
  readonly id: string
  readonly source: string
  /** As it was delivered. What was no message at all is in its body. */
  readonly message: QueueMessage
  readonly reason: JobFailure & { readonly field: string | null }
  /** How often it was delivered or replayed. */
  readonly attempts: number
  /** Epoch milliseconds. */
  readonly receivedAt: number
}

/** What became of messages. All of them are taken care of: a queue may delete them. */
export interface ReceivedMessages {
  /** Their jobs are in line. */
  readonly accepted: number
  /** Delivered again; their jobs were in line before. */
  readonly repeated: number
  /** Kept with the reason, until they are replayed. */
  readonly deadLettered: number
}
