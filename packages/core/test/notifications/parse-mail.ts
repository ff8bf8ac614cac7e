/** One part of a mail, decoded. */
export interface MailPart {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** The headers and the leaf parts of a mail as it came over the wire (RFC 5322, MIME), as far as our mails go. */
export function parseMail(raw: string): { readonly headers: MailPart["headers"]; readonly parts: readonly MailPart[] } {
  const { headers, body } = splitHeaders(raw)
  return { headers, parts: leaves(headers, body) }
}

function splitHeaders(raw: string): { headers: Record<string, string>; body: string } {
  const end = raw.indexOf("\r\n\r\n")
  const lines = raw
    .slice(0, end)
    .replaceAll(/\r\n[ \t]+/g, " ")
    .split("\r\n")
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
  )
  return { headers, body: raw.slice(end + 4) }
}

function leaves(headers: Record<string, string>, body: string): MailPart[] {
  const boundary = /boundary="?([^";]+)/.exec(headers["content-type"] ?? "")?.[1]
  if (boundary === undefined) return [{ headers, body: decode(headers["content-transfer-encoding"], body) }]
  return body
    .split(`--${boundary}`)
    .slice(1, -1)
    .flatMap((part) => {
      const inner = splitHeaders(part.replace(/^\r\n/, ""))
      return leaves(inner.headers, inner.body.replace(/\r\n$/, ""))
    })
}

function decode(encoding: string | undefined, body: string): Buffer {
  if (encoding === "base64") return Buffer.from(body, "base64")
  if (encoding !== "quoted-printable") return Buffer.from(body)
  const bytes = body
    .replaceAll(/=\r\n/g, "")
    .replaceAll(/=([\dA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, "latin1")
}
