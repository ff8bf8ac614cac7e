import { CoreError } from "../../errors/mod.ts"
import { fromBase64, toBase64, toBase64Url } from "../encoding.ts"

const ALGORITHM = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } as const
// Snowflake takes at most an hour; one request needs minutes.
const LIFETIME_S = 600

/**
 * A token for Snowflake's key-pair authentication: signed with RS256, named by the SHA-256 of the public key
 * (docs.snowflake.com/en/developer-guide/sql-api/authenticating).
 *
 * @param privateKey PEM, PKCS#8, not encrypted.
 * @param now Epoch milliseconds.
 * @throws {CoreError} `input.invalid`, field `privateKey`, for a key that is none. Nothing of it is in the message.
 */
export async function keyPairJwt(
  { account, user, privateKey }: { readonly account: string; readonly user: string; readonly privateKey: string },
  now: number,
): Promise<string> {
  const key = await importPrivateKey(privateKey)
  // A locator's region is no part of the name.
  const subject = `${account.split(".")[0]}.${user}`.toUpperCase()
  const issuedAt = Math.floor(now / 1_000)
  const encode = (part: object) => toBase64Url(new TextEncoder().encode(JSON.stringify(part)))
  const signed = [
    encode({ alg: "RS256", typ: "JWT" }),
    encode({
      iss: `${subject}.SHA256:${await fingerprintOf(key)}`,
      sub: subject,
      iat: issuedAt,
      exp: issuedAt + LIFETIME_S,
    }),
  ].join(".")
  const signature = await crypto.subtle.sign(ALGORITHM.name, key, new TextEncoder().encode(signed))
  return `${signed}.${toBase64Url(new Uint8Array(signature))}`
}

async function importPrivateKey(pem: string): Promise<CryptoKey> {
  const der = fromBase64(pem.replaceAll(/-----[A-Z ]+-----|\s+/g, ""))
  try {
    // Extractable, because the public key is not given apart.
    return await crypto.subtle.importKey("pkcs8", der ?? new Uint8Array(), ALGORITHM, true, ["sign"])
  } catch {
    throw new CoreError("input.invalid", "Cannot use the private key: it must be RSA in PEM, PKCS#8, not encrypted", {
      field: "privateKey",
    })
  }
}

async function fingerprintOf(key: CryptoKey): Promise<string> {
  const { n = "", e = "" } = await crypto.subtle.exportKey("jwk", key)
  const publicKey = await crypto.subtle.importKey("jwk", { kty: "RSA", n, e }, ALGORITHM, true, ["verify"])
  const der = await crypto.subtle.exportKey("spki", publicKey)
  return toBase64(new Uint8Array(await crypto.subtle.digest("SHA-256", der)))
}
