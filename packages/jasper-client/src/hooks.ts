import type { JasperError, JasperErrorCode } from "./errors.ts"

/** One attempt about to be sent. Never holds credentials. */
export interface RequestEvent {
  readonly method: "GET" | "PUT" | "POST"
  /** Path below the API root, with its query. */
  readonly path: string
  /** Number of this call within the client, from 1: joins the events of one call. */
  readonly callId: number
  /** From 1. */
  readonly attempt: number
}

/** One answer, whole. */
export interface ResponseEvent extends RequestEvent {
  readonly status: number
  /** Response headers, lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** The raw answer. */
  readonly body: string
  /** From sending to the end of the body. */
  readonly elapsedMs: number
}

/** One attempt that failed and will be made again. */
export interface RetryEvent extends RequestEvent {
  readonly reason: JasperErrorCode
  readonly waitMs: number
  readonly error: JasperError
}

/** All calls of the limiter are paused. */
export interface PauseEvent extends RequestEvent {
  readonly pauseMs: number
}

/** Called synchronously; what a hook throws is ignored. */
export interface Hooks {
  readonly onRequest?: (event: RequestEvent) => void
  readonly onResponse?: (event: ResponseEvent) => void
  readonly onRetry?: (event: RetryEvent) => void
  readonly onPause?: (event: PauseEvent) => void
}
