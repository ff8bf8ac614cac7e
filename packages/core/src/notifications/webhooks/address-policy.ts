/** Where webhooks may go. */
export interface AddressPolicy {
  /** Lets webhooks go to private addresses and, on loopback, without encryption: for tests and closed networks. @default false */
  readonly allowPrivateAddresses?: boolean
  /**
   * Gives the addresses of a host, to refuse those that lead into our own network; on Node `dns.promises.lookup` with
   * `all`. Without it only addresses written as such, and names known to be local, are refused.
   */
  readonly resolveHost?: (hostname: string) => Promise<readonly string[]>
}

/** Why webhooks must not go to a URL, or `undefined` where they may. */
export async function addressFault(text: string, policy: AddressPolicy): Promise<string | undefined> {
  const url = URL.parse(text)
  if (url === null) return "it must be an absolute URL"
  if (url.username !== "" || url.password !== "") return "it must not hold credentials"
  if (url.hash !== "") return "it must not hold a fragment"
  const host = url.hostname
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "")
    .toLowerCase()
  if (url.protocol !== "https:" && !(url.protocol === "http:" && policy.allowPrivateAddresses && isPrivate(host))) {
    return "it must begin with https:"
  }
  if (policy.allowPrivateAddresses) return undefined
  if (isPrivate(host)) return "it leads into a private network"
  const addresses = (await policy.resolveHost?.(host)) ?? []
  return addresses.some(isPrivate) ? "its host leads into a private network" : undefined
}

/** Whether a host is one that only we can reach: addresses as the URL parser writes them, and names. */
function isPrivate(host: string): boolean {
  if (/(^|\.)(localhost|local|internal|intranet|lan|home\.arpa)$/.test(host)) return true
  if (/^[\d.]+$/.test(host)) return isPrivateV4(host)
  if (!host.includes(":")) return !host.includes(".")
  return isPrivateV6(host)
}

// Not for the public internet: RFC 6890 and its updates.
function isPrivateV4(address: string): boolean {
  const [a = 0, b = 0, c = 0] = address.split(".").map(Number)
  if (a === 0 || a === 10 || a === 127 || a >= 224) return true
  if (a === 100) return b >= 64 && b <= 127
  if (a === 169) return b === 254
  if (a === 172) return b >= 16 && b <= 31
  if (a === 192) return b === 168 || (b === 0 && (c === 0 || c === 2)) || (b === 88 && c === 99)
  if (a === 198) return b === 18 || b === 19 || (b === 51 && c === 100)
  return a === 203 && b === 0 && c === 113
}

function isPrivateV6(address: string): boolean {
  // IPv4 within IPv6, mapped or translated, in the two forms it is written in.
  const tail = /^(?:::ffff:|64:ff9b::)(.+)$/.exec(address)?.[1]
  if (tail?.includes(".")) return isPrivateV4(tail)
  if (tail !== undefined) {
    const [high = 0, low = 0] = tail.split(":").map((part) => Number.parseInt(part, 16))
    return isPrivateV4([high >> 8, high & 255, low >> 8, low & 255].join("."))
  }
  // Public addresses begin with 2 or 3; of those, documentation, 6to4 and Teredo are not for us.
  return !/^[23][\da-f]{3}:/.test(address) || /^(2001:0?:|2001:db8:|2002:)/.test(address)
}
