// `npm run test:runtimes`: the public API of the client and of the optimizer on every runtime they are meant for, one suite
// each, the same answer from all. The runtimes come from npm when they are first used; they are no dependencies, because together they are large.
import { execFile, spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"

const SUITES = ["packages/jasper-client/test/portable", "packages/optimizer/test/portable"]
const SOURCE = "--conditions=@altaworx/source"
const DEADLINE_MS = 120_000
const run = promisify(execFile)

const npx = async (packages, command, args) => {
  const { stdout } = await run("npx", ["-y", ...packages.flatMap((name) => ["-p", name]), "--", command, ...args], {
    timeout: DEADLINE_MS,
  })
  return stdout
}

const runtimes = {
  "Node 22": (suite) => npx(["node@22"], "node", [SOURCE, `${suite}/main.ts`]),
  "Node 24": (suite) => npx(["node@24"], "node", [SOURCE, `${suite}/main.ts`]),
  "Node 26": (suite) => npx(["node@26"], "node", [SOURCE, `${suite}/main.ts`]),
  Deno: (suite) =>
    npx([], "deno", ["run", "-A", "--no-prompt", SOURCE, "--node-modules-dir=manual", `${suite}/main.ts`]),
  Bun: (suite) => npx(["bun@1.4.5"], "bun", ["run", SOURCE, `${suite}/main.ts`]),
  workerd: onWorkerd,
}

/** Bundles the suite as a Worker, serves it on a free port, and asks it once. */
async function onWorkerd(suite) {
  const folder = mkdtempSync(join(tmpdir(), "altaworx-workerd-"))
  const port = await freePort()
  const conditions = "--conditions=@altaworx/source,workerd,worker,browser"
  await npx(["esbuild@0.25.12"], "esbuild", [
    `${suite}/worker.ts`,
    "--bundle",
    "--format=esm",
    conditions,
    `--outfile=${join(folder, "worker.js")}`,
  ])
  writeFileSync(
    join(folder, "config.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.js")], compatibilityDate = "2026-04-01"
);
`,
  )
  const server = spawn(
    "npx",
    ["-y", "-p", "workerd@1.20261117.1", "--", "workerd", "serve", join(folder, "config.capnp")],
    {
      stdio: "ignore",
      detached: true,
    },
  )
  try {
    return await askUntilUp(`http://127.0.0.1:${port}/`)
  } finally {
    // The whole group: npx is the parent of the server.
    if (server.pid !== undefined) process.kill(-server.pid, "SIGKILL")
    rmSync(folder, { recursive: true, force: true })
  }
}

async function askUntilUp(url) {
  for (let tries = 0; tries < 120; tries++) {
    try {
      return await (await fetch(url)).text()
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  }
  throw new Error("workerd did not start")
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

let failed = 0
for (const suite of SUITES) {
  console.log(suite)
  let expected
  for (const [name, ask] of Object.entries(runtimes)) {
    try {
      const answer = JSON.stringify(JSON.parse(await ask(suite)))
      expected ??= answer
      if (answer !== expected) failed++
      console.log(`  ${answer === expected ? "same " : "OTHER"} ${name}`)
      if (answer !== expected) console.log(`        ${answer}\n        instead of ${expected}`)
    } catch (error) {
      failed++
      console.log(`  FAIL  ${name}: ${error.message.split("\n")[0]}`)
    }
  }
}
process.exitCode = failed === 0 ? 0 : 1
