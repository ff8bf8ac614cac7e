import Papa from "papaparse"

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
  const texts = fields.map((field) => (field === null ? "" : String(field)))
  return `${Papa.unparse([texts], { escapeFormulae: FORMULA })}\r\n`
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
  // `newline` stated, or the reader guesses it from the quoted fields.
  const { data, errors } = Papa.parse<string[]>(line, { delimiter, newline: "\n" })
  if (errors.length > 0) {
    return { fault: errors.some(({ code }) => code === "InvalidQuotes") ? "quote_inside_field" : "open_quote" }
  }
  return { fields: data[0] ?? [""] }
}
