import type { Platform } from "../store/mod.ts"

/** A file for people or archives. */
export interface ReportFile {
  /** For example `report.html`. */
  readonly name: string
  readonly contentType: string
  readonly body: string | Uint8Array<ArrayBuffer>
}

/** Makes the files of a session that ended well; the host says which, from the optimization room. */
export type ReportFiles = (core: Platform, tenantId: string, sessionId: string) => Promise<readonly ReportFile[]>
