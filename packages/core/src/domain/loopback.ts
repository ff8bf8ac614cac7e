/** Whether a host name is this machine: the one place that may be spoken to in clear. As `URL.hostname` gives it. */
export function isLoopback(hostname: string): boolean {
  return /^(127(\.\d{1,3}){3}|\[::1\]|localhost|[a-z\d.-]+\.localhost)$/i.test(hostname)
}
