/**
 * Events that Control Center pushes to a URL of yours: read them, and check their signature for what it is worth.
 *
 * @module
 */
export { type PushEvent, parsePushEvent } from "./push-event.ts"
export { type PushVerdict, signPushTimestamp, type VerifyPushOptions, verifyPushEvent } from "./verify-push-event.ts"
