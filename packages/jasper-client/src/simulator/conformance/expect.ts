import type { Probed } from "./probe.ts"

/** A JSON object of which nothing is known yet. */
export type Fields = Readonly<Record<string, unknown>>

/** Says what was expected and what came; ends the check. */
export function must(condition: boolean, expectation: string): void {
  if (!condition) throw new Error(expectation)
}

/** The body as a JSON object. */
export function objectOf({ json, status }: Probed): Fields {
  must(isObject(json), `a JSON object, got no object with status ${status}`)
  return json as Fields
}

/** A field that has to be a list of objects. */
export function listOf(body: Fields, name: string): readonly Fields[] {
  const list = body[name]
  must(Array.isArray(list) && list.every(isObject), `${name} to be a list of objects`)
  return list as readonly Fields[]
}

/** Expects one of the carrier's errors. */
export function mustRefuse(probed: Probed, status: number, code: string): void {
  must(probed.status === status, `status ${status}, got ${probed.status}`)
  const { errorCode, errorMessage } = objectOf(probed)
  must(errorCode === code, `errorCode "${code}", got ${JSON.stringify(errorCode)}`)
  must(typeof errorMessage === "string" && errorMessage !== "", "an errorMessage")
}

/** Expects status 200 and an object. */
export function mustAnswer(probed: Probed): Fields {
  must(probed.status === 200, `status 200, got ${probed.status}`)
  return objectOf(probed)
}

/** Expects a value of a type, or null where that is allowed. */
export function mustBe(body: Fields, name: string, type: "string" | "number" | "boolean", orNull = false): void {
  const value = body[name]
  must(
    typeof value === type || (orNull && value === null),
    `${name} to be a ${type}${orNull ? " or null" : ""}, got ${JSON.stringify(value)}`,
  )
}

const STYLE_A = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d{3}[+-]\d{4}$/

/** Expects a date in style A, such as `2026-03-01 08:00:00.250+0000`; answers its instant. */
export function mustBeStyleA(value: unknown, name: string): number {
  must(typeof value === "string" && STYLE_A.test(value), `${name} in style A, got ${JSON.stringify(value)}`)
  return Date.parse(
    String(value)
      .replace(" ", "T")
      .replace(/([+-]\d{2})(\d{2})$/, "$1:$2"),
  )
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
