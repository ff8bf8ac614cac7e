/**
 * JSON that is the same for the same value, whatever the order of its members: keys sorted by UTF-16 code units, no
 * blanks, members that are `undefined` left out. For hashes and signatures; read back by any JSON parser.
 *
 * @throws {TypeError} For what JSON does not have: `undefined` itself, functions, symbols, bigints, numbers that are not
 *   finite, and objects other than plain ones and arrays. The message names the path, never the value.
 * @example
 * ```ts
 * import { canonicalJson } from "@altaworx/core/domain"
 *
 * console.log(canonicalJson({ b: [1, null], a: "x" })) // {"a":"x","b":[1,null]}
 * ```
 */
export function canonicalJson(value: unknown): string {
  return write(value, "value")
}

function write(value: unknown, path: string): string {
  if (value === null || typeof value === "string" || typeof value === "boolean") return JSON.stringify(value)
  if (typeof value === "number" && Number.isFinite(value)) return JSON.stringify(value)
  if (Array.isArray(value)) {
    // Not map(): it skips the holes of a sparse array.
    return `[${Array.from(value, (item, at) => write(item, `${path}[${at}]`)).join(",")}]`
  }
  if (isPlainObject(value)) {
    const members = Object.keys(value)
      .filter((key) => value[key] !== undefined)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${write(value[key], `${path}.${key}`)}`)
    return `{${members.join(",")}}`
  }
  throw new TypeError(`Cannot write ${path} as JSON: it is neither text, finite number, boolean, null, list nor object`)
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
