import { describe, expect, it } from "vitest"
import { readSettings } from "./settings.ts"

describe("readSettings()", () => {
  it("has a default for everything but the keys", () => {
    expect(readSettings({ PORT: "" })).toEqual({
      databaseUrl: "file:.data/altaworx.db",
      databaseAuthToken: undefined,
      port: 8787,
      host: "127.0.0.1",
      bootstrapApiKey: undefined,
      sealingKey: undefined,
      retiredSealingKeys: [],
      backupFolder: undefined,
      backupCron: undefined,
      worker: "off",
      workerQueues: undefined,
    })
  })

  it("runs jobs where there is a sealing key, and only some where it is told to", () => {
    expect(readSettings({ SEALING_KEY: "k" }).worker).toBe("inline")
    expect(readSettings({ SEALING_KEY: "k", WORKER: "off" }).worker).toBe("off")
    const only = readSettings({ SEALING_KEY: "k", WORKER: "only", WORKER_QUEUES: "sync, optimization," })
    expect(only).toMatchObject({ worker: "only", workerQueues: ["sync", "optimization"] })
  })

  it.each([
    [{ PORT: "http" }, /^PORT/],
    [{ PORT: "65536" }, /^PORT/],
    [{ PORT: "-1" }, /^PORT/],
    [{ WORKER: "both" }, /^WORKER must be inline, off or only/],
    [{ WORKER: "inline" }, /^WORKER=inline needs SEALING_KEY/],
    [{ WORKER: "only" }, /^WORKER=only needs SEALING_KEY/],
  ])("refuses %j by the setting's name", (env, message) => {
    expect(() => readSettings(env)).toThrow(message)
  })
})
