/** One line of a text, without its line break. */
export interface TextLine {
  /** From 1. */
  readonly number: number
  readonly text: string
  /** Longer than allowed: `text` is its beginning, the rest was dropped. */
  readonly cut: boolean
}

/**
 * The lines of a text that arrives in pieces, in memory of one piece and one line. UTF-8, or UTF-16 where a byte order mark
 * says so; the mark is dropped. Lines end with LF, CRLF or CR; an empty last line is none.
 *
 * @param source Pieces of text or of bytes, for example the body of a request.
 * @param longest Characters of a line that are kept. @default 65536
 * @example
 * ```ts
 * import { textLines } from "@altaworx/core/domain"
 *
 * for await (const { number, text } of textLines(["iccid\r\n89000000", "00000000017"])) {
 *   if (number === 2) console.log(text) // "8900000000000000017"
 * }
 * ```
 */
export async function* textLines(
  source: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>,
  longest = 65_536,
): AsyncGenerator<TextLine, void> {
  let number = 0
  let rest = ""
  let restIsCut = false
  let endedWithCr = false
  const keep = (text: string): void => {
    const room = longest - rest.length
    if (text.length > room) restIsCut = true
    rest += text.length > room ? text.slice(0, room) : text
  }
  const take = (): TextLine => {
    const line = { number: ++number, text: rest, cut: restIsCut }
    rest = ""
    restIsCut = false
    return line
  }
  for await (const piece of decoded(source)) {
    // The LF of a CRLF that was torn apart by the border of two pieces.
    const text = endedWithCr && piece.startsWith("\n") ? piece.slice(1) : piece
    if (piece !== "") endedWithCr = piece.endsWith("\r")
    let from = 0
    for (const { index, 0: lineBreak } of text.matchAll(/\r\n|\n|\r/g)) {
      keep(text.slice(from, index))
      from = index + lineBreak.length
      yield take()
    }
    keep(text.slice(from))
  }
  if (rest !== "" || restIsCut) yield take()
}

async function* decoded(
  source: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>,
): AsyncGenerator<string, void> {
  let decoder: TextDecoder | undefined
  let head: Uint8Array = new Uint8Array(0)
  let isFirst = true
  for await (const piece of source) {
    if (typeof piece === "string") {
      yield isFirst ? piece.replace(/^\uFEFF/, "") : piece
    } else if (decoder) {
      yield decoder.decode(piece, { stream: true })
    } else {
      // A byte order mark may be torn apart too.
      head = concat(head, piece)
      if (head.length < 2) continue
      decoder = new TextDecoder(encodingOf(head))
      yield decoder.decode(head, { stream: true })
    }
    isFirst = false
  }
  if (decoder) yield decoder.decode()
  else if (head.length > 0) yield new TextDecoder().decode(head)
}

function encodingOf(head: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" {
  if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le"
  return head[0] === 0xfe && head[1] === 0xff ? "utf-16be" : "utf-8"
}

function concat(one: Uint8Array, other: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.length + other.length)
  both.set(one)
  both.set(other, one.length)
  return both
}
