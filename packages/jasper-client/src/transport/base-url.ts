/**
 * The API root for whatever form of the host the caller has: with or without `/rws/api`, `/v1` and a trailing slash.
 *
 * @returns An absolute URL that ends in `/rws/api/v1`.
 * @throws {TypeError} If it is not an HTTP(S) URL, or carries credentials, a query or a fragment.
 */
export function normaliseBaseUrl(baseUrl: string): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new TypeError("Cannot reach the carrier: baseUrl must be an absolute http(s) URL")
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new TypeError("Cannot reach the carrier: baseUrl must not carry credentials, a query or a fragment")
  }
  const prefix = url.pathname.replace(/\/+$/, "").replace(/\/rws(\/api(\/v1)?)?$/, "")
  return `${url.origin}${prefix}/rws/api/v1`
}
