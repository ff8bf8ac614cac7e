import { createHash, createHmac } from "node:crypto"
import type { ReceivedRequest } from "./receiver.ts"

const hash = (data: string | Buffer) => createHash("sha256").update(data).digest("hex")
const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest()

/**
 * Whether a request to S3 is signed by AWS Signature Version 4 with a secret, and its body is the one that was signed: the
 * steps of the "Signature Calculations for the Authorization Header" page, without a library. The S3 server of the tests
 * takes any signature.
 */
export function isSignedV4(request: Omit<ReceivedRequest, "body">, secret: string): boolean {
  const { method, url, headers, raw } = request
  const match =
    /^AWS4-HMAC-SHA256 Credential=[^/]+\/((\d{8})\/([^/]+)\/s3\/aws4_request), ?SignedHeaders=([^,]+), ?Signature=([\da-f]{64})$/.exec(
      headers.authorization ?? "",
    )
  if (!match) return false
  const [, scope = "", date = "", region = "", signedHeaders = "", signature] = match
  if (headers["x-amz-content-sha256"] !== hash(raw)) return false
  const { pathname } = new URL(url, "http://x")
  const canonical = [
    method,
    pathname,
    "",
    ...signedHeaders.split(";").map((name) => `${name}:${String(headers[name]).trim()}`),
    "",
    signedHeaders,
    headers["x-amz-content-sha256"],
  ].join("\n")
  const toSign = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, hash(canonical)].join("\n")
  const key = ["s3", "aws4_request"].reduce(hmac, hmac(hmac(`AWS4${secret}`, date), region))
  return hmac(key, toSign).toString("hex") === signature
}
