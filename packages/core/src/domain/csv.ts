// What a spreadsheet would run as a formula. A plain negative number is none.
const FORMULA = /^[=+@\t\r]|^-(?!\d+(?:\.\d+)?$)/

/**
 * One line of CSV (RFC 4180) with its line break. A field that a spreadsheet would run as a formula gets an apostrophe in
 * front; `null` is an empty field.
 *
 * @example
 * ```ts
 * import { csvLine } from "@altaworx/core/domain"
 *
 * console.log(JSON.stringify(csvLine(["5 GB, pooled", -1.5, "=1+1", null]))) // "\"5 GB, pooled\",-1.5,'=1+1,\r\n"
 * ```
 */
export function csvLine(fields: readonly (string | number | bigint | null)[]): string {
  return `${fields.map(textOf).join(",")}\r\n`
}

function textOf(field: string | number | bigint | null): string {
  const text = field === null ? "" : String(field)
  const harmless = FORMULA.test(text) ? `'${text}` : text
  return /[",\r\n]|^ | $/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

/** The fields of one line of CSV, or what is wrong with it. */
export type CsvLine =
  | { readonly fields: readonly string[]; readonly fault?: undefined }
  | { readonly fault: "open_quote" | "quote_inside_field" }

/**
 * Reads one line of CSV. A quoted field must end on its line: the price of a line break inside a field is that one
 * forgotten quote swallows the rest of a file.
 *
 * @param delimiter One character.
 */
export function parseCsvLine(line: string, delimiter = ","): CsvLine {
  const fields: string[] = []
  for (let from = 0; ; ) {
    if (line[from] !== '"') {
      const to = line.indexOf(delimiter, from)
      fields.push(line.slice(from, to < 0 ? line.length : to))
      if (to < 0) return { fields }
      from = to + 1
      continue
    }
    // A quote within quotes is written twice: the field ends at the first that stands alone.
    let to = line.indexOf('"', from + 1)
    while (to >= 0 && line[to + 1] === '"') to = line.indexOf('"', to + 2)
    if (to < 0) return { fault: "open_quote" }
    fields.push(line.slice(from + 1, to).replaceAll('""', '"'))
    from = to + 1
    while (delimiter !== " " && line[from] === " ") from += 1
    if (from === line.length) return { fields }
    if (line[from] !== delimiter) return { fault: "quote_inside_field" }
    from += 1
  }
}
