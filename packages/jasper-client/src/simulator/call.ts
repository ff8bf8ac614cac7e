/** One HTTP request, as plain data. */
export interface SimulatorCall {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly query: URLSearchParams
  /** The `Authorization` header. */
  readonly authorization: string | null
  readonly body: string
}

/** Whole, or in pieces; pieces that end with an error stand for a connection that breaks in the middle. */
export type AnswerBody = string | Uint8Array<ArrayBuffer> | Iterable<string> | AsyncIterable<string>

/** One HTTP answer, as plain data. */
export interface SimulatorAnswer {
  readonly status: number
  /** One with an empty value is not sent, and keeps a server from adding its own. */
  readonly headers: Readonly<Record<string, string>>
  /** Long bodies come in pieces; bytes stand for a body that is no UTF-8. */
  readonly body: AnswerBody
}

/** What comes back from a call: an answer, or a connection that breaks. */
export type CallOutcome = SimulatorAnswer | "dropped"

/** Answers with JSON. */
export function answerJson(status: number, body: unknown): SimulatorAnswer {
  return { status, headers: { "Content-Type": "application/json;charset=UTF-8" }, body: JSON.stringify(body) }
}

/** Answers with a page of HTML, as gateways and wrong hosts do. */
export function answerHtml(status: number, title: string): SimulatorAnswer {
  return {
    status,
    headers: { "Content-Type": "text/html;charset=utf-8" },
    body: `<!doctype html><html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`,
  }
}
