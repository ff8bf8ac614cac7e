/** A mail before it is text and markup: paragraphs, facts with their names, and a list. */
export interface MailDraft {
  readonly subject: string
  readonly paragraphs: readonly string[]
  readonly facts?: readonly (readonly [name: string, value: string | number])[]
  readonly list?: { readonly title: string; readonly items: readonly string[] }
  readonly link?: { readonly text: string; readonly url: string }
}

// More would make a mail that nobody reads, and some servers refuse; the rest is counted.
const LONGEST_LIST = 100

/** The draft as plain text and as markup. Nothing of what it says is taken as markup. */
export function renderMail(draft: MailDraft): {
  readonly subject: string
  readonly text: string
  readonly html: string
} {
  const { paragraphs, facts = [], list, link } = draft
  const items = list?.items.slice(0, LONGEST_LIST) ?? []
  const more = (list?.items.length ?? 0) - items.length
  const rest = more > 0 ? [`and ${more} more`] : []
  const width = Math.max(0, ...facts.map(([name]) => name.length))
  const text = [
    ...paragraphs,
    facts.map(([name, value]) => `${`${name}:`.padEnd(width + 2)}${value}`).join("\n"),
    list && [list.title, ...[...items, ...rest].map((item) => `- ${oneLine(item)}`)].join("\n"),
    link && `${link.text}: ${link.url}`,
  ]
  const html = [
    ...paragraphs.map((one) => `<p>${escape(one)}</p>`),
    facts.length === 0
      ? ""
      : `<table cellpadding="4">${facts
          .map(([name, value]) => `<tr><th align="left">${escape(name)}</th><td>${escape(String(value))}</td></tr>`)
          .join("")}</table>`,
    list &&
      `<p>${escape(list.title)}</p><ul>${[...items, ...rest].map((item) => `<li>${escape(item)}</li>`).join("")}</ul>`,
    // Nothing but a web address becomes a link.
    link && /^https?:\/\//i.test(link.url) && `<p><a href="${escape(link.url)}">${escape(link.text)}</a></p>`,
  ]
  return {
    subject: oneLine(draft.subject).slice(0, 200),
    text: `${text.filter(Boolean).join("\n\n")}\n`,
    html: `<!doctype html><html lang="en"><head><meta charset="utf-8"></head><body>${html.filter(Boolean).join("")}</body></html>`,
  }
}

function escape(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;")
}

/** A line break in a subject would be a header of its own. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ").trim()
}
