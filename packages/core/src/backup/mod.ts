/** Copies of the database: taken on a schedule, kept for a time; and a provider's recovery to an instant. */
export { backupHandlers, backupSchedule } from "./backup-job.ts"
export {
  type Backup,
  backupFor,
  type BackupRetention,
  type Backups,
  expiredBackups,
  type PointInTimeRecovery,
  type RecoveredDatabase,
} from "./backups.ts"
export { tursoRecovery, type TursoRecoveryOptions } from "./turso-recovery.ts"
