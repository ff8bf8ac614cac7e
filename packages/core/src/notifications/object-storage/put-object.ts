import { AwsV4Signer } from "aws4fetch"
import { toHex } from "../encoding.ts"
import type { Delivery } from "../deliverer.ts"
import { exchange, requireSuccess } from "../exchange.ts"

/** A bucket of an S3-compatible store. */
export interface ObjectStorageSettings {
  /** Without the bucket, for example `https://s3.eu-central-1.amazonaws.com`. */
  readonly endpoint: string
  readonly region: string
  readonly bucket: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  /** Put before every key, for example `altaworx/`. */
  readonly prefix?: string
  /** @default 15000 */
  readonly timeoutMs?: number
}

/** Writes an object, signed by AWS Signature Version 4 with the hash of its content. An object of this key is replaced. */
export async function putObject(
  delivery: Pick<Delivery, "runtime" | "signal">,
  store: ObjectStorageSettings,
  object: { readonly key: string; readonly contentType: string; readonly body: string | Uint8Array<ArrayBuffer> },
): Promise<void> {
  const body = typeof object.body === "string" ? new TextEncoder().encode(object.body) : object.body
  const now = delivery.runtime.clock.now()
  const signer = new AwsV4Signer({
    method: "PUT",
    url: `${store.endpoint.replace(/\/$/, "")}/${store.bucket}/${store.prefix ?? ""}${object.key}`,
    headers: {
      "content-type": object.contentType,
      "x-amz-content-sha256": toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", body))),
    },
    accessKeyId: store.accessKeyId,
    secretAccessKey: store.secretAccessKey,
    ...(store.sessionToken === undefined ? {} : { sessionToken: store.sessionToken }),
    service: "s3",
    region: store.region,
    datetime: new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, ""),
  })
  const { url, headers } = await signer.sign()
  const reply = await exchange(delivery, {
    receiver: "the object storage",
    method: "PUT",
    url: url.href,
    headers: Object.fromEntries(headers as Headers),
    body,
    timeoutMs: store.timeoutMs ?? 15_000,
  })
  requireSuccess("the object storage", reply, now)
}
