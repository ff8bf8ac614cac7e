/** Gives the next bytes of a document: fills `into` from the start, returns how many, 0 at the end. */
export type ReadBytes = (into: Uint8Array) => number

// Documents nest four deep; without end, what is nested would end in a full stack.
const LONGEST_PATH = 2000

const CHUNK_BYTES = 1 << 18

const QUOTE = 0x22
const BACKSLASH = 0x5c
const ZERO = 0x30
const [COMMA, COLON, MINUS, DOT] = [0x2c, 0x3a, 0x2d, 0x2e]
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d]

/**
 * Reads one JSON document piece by piece.
 *
 * Unlike `JSON.parse` it never holds the whole text, and it keeps lists at chosen paths as `Float64Array` when they hold
 * numbers only: a million SIMs take 8 MB a column instead of the text and a list of boxed values.
 */
export class JsonReader {
  readonly #read: ReadBytes
  readonly #isColumn: (path: string) => boolean
  readonly #buffer = new Uint8Array(CHUNK_BYTES)
  readonly #decoder = new TextDecoder("utf-8", { fatal: true })
  #length = 0
  #at = 0
  #offset = 0

  constructor(read: ReadBytes, isColumn: (path: string) => boolean) {
    this.#read = read
    this.#isColumn = isColumn
  }

  /**
   * The whole document.
   *
   * @throws {SyntaxError} With the path and the byte offset where it stops being JSON.
   */
  document(): unknown {
    // A byte order mark, as some editors and exports write it.
    if (this.#peek() === 0xef) {
      for (const mark of [0xef, 0xbb, 0xbf]) if (this.#next() !== mark) this.#fail("", "a JSON value")
    }
    const value = this.#value("")
    this.#space()
    if (this.#peek() !== -1) this.#fail("", "the end of the document")
    return value
  }

  #peek(): number {
    if (this.#at === this.#length) {
      this.#offset += this.#length
      this.#length = this.#read(this.#buffer)
      this.#at = 0
      if (this.#length === 0) return -1
    }
    return this.#buffer[this.#at]!
  }

  #next(): number {
    const byte = this.#peek()
    if (byte !== -1) this.#at++
    return byte
  }

  #space(): void {
    for (;;) {
      const byte = this.#peek()
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return
      this.#at++
    }
  }

  #fail(path: string, wanted: string): never {
    const where = path === "" ? "document" : path
    throw new SyntaxError(`Cannot read JSON: ${where} must be ${wanted}, at byte ${this.#offset + this.#at}`)
  }

  #value(path: string): unknown {
    if (path.length > LONGEST_PATH) this.#fail(`${path.slice(0, 40)}…`, "less deeply nested")
    this.#space()
    const byte = this.#peek()
    if (byte === OPEN_OBJECT) return this.#object(path)
    if (byte === OPEN_LIST) return this.#open(path)
    if (byte === QUOTE) return this.#text(path)
    if (byte === MINUS || (byte >= 0x30 && byte <= 0x39)) return this.#number(path)
    return this.#word(path)
  }

  #object(path: string): Record<string, unknown> {
    const entries: [string, unknown][] = []
    this.#at++
    this.#space()
    if (this.#peek() === CLOSE_OBJECT) {
      this.#at++
      return {}
    }
    for (;;) {
      this.#space()
      if (this.#peek() !== QUOTE) this.#fail(path, "an object with quoted names")
      const name = this.#text(path)
      this.#space()
      if (this.#next() !== COLON) this.#fail(path, "an object with a colon after each name")
      entries.push([name, this.#value(path === "" ? name : `${path}.${name}`)])
      this.#space()
      const byte = this.#next()
      if (byte === CLOSE_OBJECT) return Object.fromEntries(entries)
      if (byte !== COMMA) this.#fail(path, "an object with commas between its fields")
    }
  }

  #open(path: string): Float64Array | unknown[] {
    const isColumn = this.#isColumn(path)
    this.#at++
    this.#space()
    if (this.#peek() !== CLOSE_LIST) return isColumn ? this.#column(path) : this.#list(path, [])
    this.#at++
    return isColumn ? new Float64Array(0) : []
  }

  /** The entries after `items`. */
  #list(path: string, items: unknown[]): unknown[] {
    for (;;) {
      items.push(this.#value(`${path}[${items.length}]`))
      this.#space()
      const byte = this.#next()
      if (byte === CLOSE_LIST) return items
      if (byte !== COMMA) this.#fail(`${path}[${items.length}]`, "a list with commas between its entries")
    }
  }

  /** A list of numbers as a column; any other entry turns it into a plain list, which the checks then refuse by name. */
  #column(path: string): Float64Array | unknown[] {
    let values = new Float64Array(1024)
    let count = 0
    for (;;) {
      this.#space()
      const byte = this.#peek()
      if (byte !== MINUS && !(byte >= 0x30 && byte <= 0x39))
        return this.#list(path, Array.from(values.subarray(0, count)))
      if (count === values.length) {
        const larger = new Float64Array(2 * count)
        larger.set(values)
        values = larger
      }
      values[count++] = this.#number(path)
      this.#space()
      const after = this.#next()
      if (after === CLOSE_LIST) return values.slice(0, count)
      if (after !== COMMA) this.#fail(`${path}[${count}]`, "a list with commas between its entries")
    }
  }

  #number(path: string): number {
    const first = this.#peek()
    let value = 0
    let digits = 0
    for (; digits < 15; digits++) {
      const byte = this.#peek()
      if (byte < 0x30 || byte > 0x39) break
      value = value * 10 + byte - 0x30
      this.#at++
    }
    const byte = this.#peek()
    const isPlain = byte !== DOT && byte !== MINUS && (byte | 0x20) !== 0x65 && !(byte >= 0x30 && byte <= 0x39)
    if (isPlain && digits > 0 && (digits === 1 || first !== ZERO)) return value
    let text = digits > 0 ? String(value).padStart(digits, "0") : ""
    for (;;) {
      const more = this.#peek()
      const isPart =
        (more >= 0x30 && more <= 0x39) || more === DOT || more === MINUS || more === 0x2b || (more | 0x20) === 0x65
      if (!isPart) break
      text += String.fromCharCode(more)
      this.#at++
    }
    if (!/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text)) this.#fail(path, `a number, got ${text}`)
    return Number(text)
  }

  #text(path: string): string {
    this.#at++
    const parts: number[] = []
    let isEscaped = false
    for (;;) {
      const byte = this.#next()
      if (byte < 0x20) this.#fail(path, "text with a closing quote, on one line")
      if (byte === QUOTE) break
      parts.push(byte)
      if (byte !== BACKSLASH) continue
      isEscaped = true
      parts.push(this.#next())
    }
    try {
      const text = this.#decoder.decode(Uint8Array.from(parts))
      return isEscaped ? (JSON.parse(`"${text}"`) as string) : text
    } catch {
      return this.#fail(path, "text in UTF-8")
    }
  }

  #word(path: string): boolean | null {
    let word = ""
    while (word.length < 10) {
      const byte = this.#peek() | 0x20
      if (byte < 0x61 || byte > 0x7a) break
      word += String.fromCharCode(this.#next())
    }
    if (word === "true") return true
    if (word === "false") return false
    if (word === "null") return null
    return this.#fail(path, word === "" ? "a JSON value" : `a JSON value, got ${word}`)
  }
}
