import { JSONParser } from "@streamparser/json"
import { CoreError } from "../../errors/mod.ts"

// Devices that are handed on at once.
const PAGE = 2_000
// Parsed at once: between two of these the devices are handed on.
const PIECE_BYTES = 1 << 16

/**
 * Reads a request whose `devices` may be many, as it comes: they are handed on page by page, and what the request says
 * beside them is returned in the end, with an empty list in their place.
 *
 * @throws {CoreError} `input.invalid`, field `request`, for what is no JSON, or is cut off; field `devices` where they stand
 *   in two places.
 */
export async function* readRequestJson(
  source: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>,
): AsyncGenerator<readonly unknown[], unknown> {
  let page: unknown[] = []
  let body: unknown
  let list: unknown
  // What the request is made of, and the entries of its lists.
  const parser = new JSONParser({ paths: ["$", "$.*.*"], keepStack: true })
  parser.onValue = ({ value, parent, stack }) => {
    if (stack.length === 0) body = value
    if (stack.length !== 2 || !Array.isArray(parent) || String(stack[1]?.key).toLowerCase() !== "devices") return
    list ??= parent
    if (list !== parent) throw invalid("devices", "they stand in two places")
    page.push(value)
    // The parser would keep them all.
    parent.length = 0
  }
  let at = 0
  const parse = (step: () => void) => {
    try {
      step()
    } catch (error) {
      if (error instanceof CoreError) throw error
      // The parser's own message quotes the text, which names devices.
      throw invalid("request", `it is not whole, valid JSON, near byte ${at}`)
    }
  }
  for await (const bytes of piecesOf(source)) {
    parse(() => parser.write(bytes))
    at += bytes.length
    if (page.length < PAGE) continue
    yield page
    page = []
  }
  parse(() => {
    if (!parser.isEnded) parser.end()
    if (body === undefined) throw new SyntaxError("Cut off")
  })
  if (page.length > 0) yield page
  return body
}

async function* piecesOf(
  source: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  const encoder = new TextEncoder()
  for await (const piece of source) {
    const bytes = typeof piece === "string" ? encoder.encode(piece) : piece
    for (let from = 0; from < bytes.length; from += PIECE_BYTES) yield bytes.subarray(from, from + PIECE_BYTES)
  }
}

function invalid(field: string, reason: string): CoreError {
  return new CoreError("input.invalid", `Cannot read the bulk change: ${reason}`, { field })
}
