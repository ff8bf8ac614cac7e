import { type AnswerBody, answerHtml, answerJson, type CallOutcome, type SimulatorAnswer } from "./call.ts"
import { answerError } from "./carrier-error.ts"
import type { FaultAt } from "./fault-catalogue.ts"
import type { DueFault } from "./fault-schedule.ts"
import type { SimulatorClock } from "./ports.ts"

/** An outcome and how long it keeps the caller waiting. */
export interface DelayedOutcome {
  readonly outcome: CallOutcome
  readonly delayMs: number
}

type Instead = (due: DueFault, now: number) => DelayedOutcome

const INSTEAD: Readonly<Record<FaultAt<"before">, Instead>> = {
  throttle429: () => atOnce(answerError("40000029", 429)),
  throttle400: () => atOnce(answerError("40000029", 400)),
  throttle503: () => atOnce(answerHtml(503, "503 Service Unavailable")),
  throttleRetryAfter: ({ maxDelayMs }) => atOnce(retryAfter(String(Math.ceil(maxDelayMs / 1000)))),
  throttleRetryAfterDate: ({ maxDelayMs }, now) => atOnce(retryAfter(new Date(now + maxDelayMs).toUTCString())),
  serverError: () => atOnce(answerError("30000001")),
  emptyServerError: () => atOnce({ status: 500, headers: {}, body: "" }),
  gatewayError: () => atOnce(answerHtml(503, "503 Service Unavailable")),
  gatewayTimeout: ({ maxDelayMs }) => ({ outcome: answerHtml(504, "504 Gateway Timeout"), delayMs: maxDelayMs }),
  drop: () => atOnce("dropped"),
  hang: ({ maxDelayMs }) => ({ outcome: "dropped", delayMs: maxDelayMs }),
  addressRefused: () => atOnce(answerUnauthorized()),
  keyRevoked: () => atOnce(answerUnauthorized()),
  errorInSuccess: () => atOnce(answerError("30000001", 200)),
  htmlInSuccess: () => atOnce(answerHtml(200, "Scheduled maintenance")),
}

/** What a call gets instead of an answer, when a fault of the moment `before` strikes. */
export function answerInstead(due: DueFault, now: number): DelayedOutcome {
  return INSTEAD[due.fault as FaultAt<"before">](due, now)
}

type Spoil = (answer: SimulatorAnswer, due: DueFault, clock: SimulatorClock) => DelayedOutcome

const SPOIL: Readonly<Record<FaultAt<"after">, Spoil>> = {
  lostReply: () => atOnce("dropped"),
  slowAnswer: (outcome, { draw, maxDelayMs }) => ({ outcome, delayMs: 1 + (draw % maxDelayMs) }),
  dateMissing: (answer) => atOnce({ ...answer, headers: { ...answer.headers, Date: "" } }),
  slowBody: (answer, { maxDelayMs }, clock) =>
    atOnce({ ...answer, body: inHalves(answer, () => clock.sleep(maxDelayMs)) }),
  brokenBody: (answer) =>
    atOnce({ ...answer, body: inHalves(answer, () => Promise.reject(new Error("Connection reset"))) }),
  truncatedBody: spoilText((text) => text.slice(0, Math.floor(text.length * 0.6))),
  foreignBytes: spoilText((text) => latin1(text.replace("{", '{"note":"Z\u00fcrich",'))),
  // JSON leaves out what is undefined.
  lastPageMissing: spoilBody((body) => ({ ...body, lastPage: undefined })),
  lastPageLate: spoilBody((body) => ({ ...body, lastPage: false })),
  lastPageEarly: spoilBody((body) => ({ ...body, lastPage: true })),
  shortPage: spoilBody((body) => ({ ...body, devices: body.devices?.slice(0, -1) })),
  repeatedRow: spoilBody(({ devices = [], ...rest }) => ({
    ...rest,
    devices: [...devices.slice(0, 1), ...devices.slice(0, -1)],
  })),
  unknownStatus: spoilBody(({ devices = [], ...rest }) => ({
    ...rest,
    devices: devices.map((row, i) => (i === 0 ? { ...row, status: "ONHOLD" } : row)),
  })),
  extraField: spoilBody((body) => ({ ...body, nextRelease: { preview: true } })),
}

/** What becomes of an answer when a fault of the moment `after` strikes. */
export function spoilAnswer(answer: SimulatorAnswer, due: DueFault, clock: SimulatorClock): DelayedOutcome {
  return SPOIL[due.fault as FaultAt<"after">](answer, due, clock)
}

/** The body in two pieces, with something in between. */
function inHalves({ body }: SimulatorAnswer, between: () => Promise<void>): AnswerBody {
  return typeof body === "string" ? halvesOf(body, between) : body
}

async function* halvesOf(text: string, between: () => Promise<void>): AsyncGenerator<string, void, undefined> {
  const middle = Math.floor(text.length / 2)
  yield text.slice(0, middle)
  await between()
  yield text.slice(middle)
}

interface ListBody {
  readonly devices?: readonly { readonly status?: string }[]
  readonly lastPage?: boolean
}

function spoilBody(change: (body: ListBody) => object): Spoil {
  return spoilText((text) => JSON.stringify(change(JSON.parse(text) as ListBody)))
}

function spoilText(change: (text: string) => string | Uint8Array<ArrayBuffer>): Spoil {
  return (answer) => atOnce(typeof answer.body === "string" ? { ...answer, body: change(answer.body) } : answer)
}

function atOnce(outcome: CallOutcome): DelayedOutcome {
  return { outcome, delayMs: 0 }
}

function retryAfter(value: string): SimulatorAnswer {
  const answer = answerError("40000029", 429)
  return { ...answer, headers: { ...answer.headers, "Retry-After": value } }
}

/** The answer to wrong credentials. */
export function answerUnauthorized(): SimulatorAnswer {
  return withChallenge(answerError("10000001"))
}

/** The answer to a call without credentials, which has no error code. */
export function answerUnauthenticated(): SimulatorAnswer {
  return withChallenge(answerJson(401, { errorMessage: "Full authentication is required" }))
}

function withChallenge(answer: SimulatorAnswer): SimulatorAnswer {
  return { ...answer, headers: { ...answer.headers, "WWW-Authenticate": 'Basic realm="Jasper"' } }
}

function latin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff)
}
