import type { CoreError, ErrorCategory, ErrorCode } from "@altaworx/core/errors"
import type { ContentfulStatusCode } from "hono/utils/http-status"

/** A failure as RFC 9457 describes it, sent as `application/problem+json`. */
export interface Problem {
  /** Names the kind of problem; made from `code`. */
  readonly type: string
  /** The kind of problem in a few words, the same each time. */
  readonly title: string
  readonly status: number
  /** What went wrong this time. Holds no secrets and no whole identifiers. */
  readonly detail: string
  /** Stable: what programs decide by. */
  readonly code: ProblemCode
  /** Name of the parameter or field that is to blame. */
  readonly field?: string
  /** Quote it when asking for help; the host's log has the same. */
  readonly requestId: string
}

/** Codes of core's errors, and those that only HTTP has. */
export type ProblemCode = ErrorCode | "http.not_found" | "http.method_not_allowed" | "unexpected"

interface ProblemKind {
  readonly status: ContentfulStatusCode
  readonly title: string
}

// What a failure means for the caller follows from who has to act on it …
const KIND_OF_CATEGORY: Readonly<Record<ErrorCategory, ProblemKind>> = {
  validation: { status: 400, title: "The input is not valid" },
  business: { status: 409, title: "This does not fit the current state" },
  integration: { status: 502, title: "The carrier did not do it" },
  database: { status: 500, title: "The database cannot be used" },
}

const STORE_DOWN: ProblemKind = { status: 503, title: "The database cannot be reached at the moment" }

// … except where a code says more.
const KIND_OF_CODE: Readonly<Partial<Record<ProblemCode, ProblemKind>>> = {
  "input.not_found": { status: 404, title: "There is no such thing" },
  "auth.refused": { status: 401, title: "An API key is needed" },
  "auth.forbidden": { status: 403, title: "The API key may not do this" },
  "secret.unreadable": { status: 500, title: "A stored secret cannot be opened" },
  "store.busy": STORE_DOWN,
  "store.unavailable": STORE_DOWN,
  "store.outdated": STORE_DOWN,
  "store.closed": STORE_DOWN,
  "store.constraint": KIND_OF_CATEGORY.business,
  "job.lease_lost": KIND_OF_CATEGORY.business,
  "sync.not_certified": { status: 502, title: "The carrier's list could not be read completely" },
  "optimization.nothing_to_optimize": { status: 422, title: "There is nothing to optimize" },
  "optimization.infeasible": { status: 422, title: "No permitted assignment exists" },
  "http.not_found": { status: 404, title: "There is no such address" },
  "http.method_not_allowed": { status: 405, title: "The address does not take this method" },
}

/** The problem that tells of a failure of core. */
export function problemOf(error: CoreError, requestId: string): Problem {
  const { code, message, category, field } = error
  const kind = KIND_OF_CODE[code] ?? KIND_OF_CATEGORY[category]
  return { ...describe(code, kind, message, requestId), ...(field !== undefined && { field }) }
}

/** A problem that core knows nothing of. */
export function problem(code: Exclude<ProblemCode, ErrorCode>, detail: string, requestId: string): Problem {
  const kind = KIND_OF_CODE[code] ?? { status: 500, title: "Something failed on our side" }
  return describe(code, kind, detail, requestId)
}

function describe(code: ProblemCode, { status, title }: ProblemKind, detail: string, requestId: string): Problem {
  return { type: `tag:altaworx.com,2026:problem/${code}`, title, status, detail, code, requestId }
}

/** The answer that carries a problem. */
export function problemResponse(problem: Problem, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: { ...headers, "Content-Type": "application/problem+json" },
  })
}
