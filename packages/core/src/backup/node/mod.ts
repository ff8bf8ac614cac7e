/** Backups of a database file, on hosts that have a file system. */
export { fileBackups, type FileBackupsOptions, restoreFile } from "./file-backups.ts"
