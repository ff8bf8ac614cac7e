const brand = Symbol("html")

/** Text that is markup already. */
export interface Html {
  readonly [brand]: string
}

type Part = string | number | bigint | Html | readonly Part[] | null

/** Markup with its values escaped; only values made by this tag go in as markup. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  return { [brand]: strings.reduce((text, string, at) => text + render(values[at - 1] ?? null) + string) }
}

/** The markup as text. */
export function htmlText(markup: Html): string {
  return markup[brand]
}

function render(value: Part): string {
  if (value === null) return ""
  if (Array.isArray(value)) return (value as readonly Part[]).map(render).join("")
  if (typeof value === "object") return (value as Html)[brand]
  return String(value).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
