/** A copy of a whole database. */
export interface Backup {
  readonly name: string
  /** All that was written before this instant is in it. Epoch milliseconds. */
  readonly at: number
  readonly bytes: number
}

/** Copies of one database, wherever they are kept. */
export interface Backups {
  /** Makes a consistent copy while others write. It shows in the list once it is whole and was checked. */
  take(): Promise<Backup>
  /** From the oldest on. */
  list(): Promise<readonly Backup[]>
  remove(name: string): Promise<void>
}

/** A provider that can bring a database back as it was at any instant. */
export interface PointInTimeRecovery {
  /**
   * Makes a new database that holds what the old one did at an instant; the old one is left alone.
   *
   * @param request `name` is the new database's. `at` is epoch milliseconds.
   * @throws {CoreError} `input.invalid` if the provider does not do it, `store.unavailable` if it did not answer.
   */
  restore(request: { readonly name: string; readonly at: number }): Promise<RecoveredDatabase>
}

export interface RecoveredDatabase {
  /** Address to open it at. */
  readonly url: string
  /** What was written within this long before the instant may be missing, milliseconds. */
  readonly gapMs: number
}

/** How long backups are kept. */
export interface BackupRetention {
  /** Milliseconds. @default 2592000000 (30 days) */
  readonly keepMs?: number
  /** As many of the newest stay, however old. @default 3 */
  readonly keepLast?: number
}

/** Those of the backups that need not be kept any longer. */
export function expiredBackups(
  backups: readonly Backup[],
  now: number,
  { keepMs = 30 * 86_400_000, keepLast = 3 }: BackupRetention = {},
): readonly Backup[] {
  return backups
    .toSorted((a, b) => b.at - a.at)
    .slice(keepLast)
    .filter(({ at }) => at < now - keepMs)
}

/** The newest backup that was begun by an instant; `undefined` where all are younger. */
export function backupFor(backups: readonly Backup[], at: number): Backup | undefined {
  return backups.filter((backup) => backup.at <= at).toSorted((a, b) => b.at - a.at)[0]
}
