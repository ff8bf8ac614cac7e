// Run after a dependency was added, changed or removed: `npm install --save-exact … && node scripts/complete-lockfile.mjs`.
//
// npm leaves a platform package (say, the macOS build of a tool) out of the lockfile when the registry it asked does not
// serve it, and `npm ci` then refuses that lockfile. This adds the missing entries. They carry the exact version that
// the tool asks for and the platform read from the name, so npm skips them elsewhere and looks them up where they apply.
import { readFileSync, writeFileSync } from "node:fs"

const PLATFORMS = {
  os: ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"],
  cpu: ["arm", "arm64", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "x64", "wasm32"],
  libc: ["glibc", "musl"],
}
const ALIASES = {
  aarch64: "arm64",
  gnu: "glibc",
  gnueabihf: "glibc",
  musleabihf: "musl",
  windows: "win32",
  wasi: "wasm32",
}

const file = process.argv[2] ?? "package-lock.json"
const text = readFileSync(file, "utf8")
const lock = JSON.parse(text)
const before = Object.keys(lock.packages).length

for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (isLocked(path, name, version)) continue
    if (!/^\d+\.\d+\.\d+/.test(version)) {
      console.error(`Left out ${name}@${version}, wanted by ${path || "the root"}: only an exact version can be added`)
      continue
    }
    const top = `node_modules/${name}`
    const { os, cpu, libc } = platformOf(name)
    // In npm's own order of keys, so that it has nothing to rewrite.
    lock.packages[lock.packages[top] === undefined ? top : `${path}/${top}`] = {
      version,
      ...(cpu && { cpu }),
      ...(entry.dev === true && { dev: true }),
      ...(libc && { libc }),
      optional: true,
      ...(os && { os }),
    }
  }
}

lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, "en")))
const completed = `${JSON.stringify(lock, null, 2)}\n`
if (completed !== text) writeFileSync(file, completed)
console.log(`${Object.keys(lock.packages).length - before} entries added to ${file}`)

/** Whether `name` resolves for the package at `path`, by Node's own walk up the folders. */
function isLocked(path, name, version) {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf("node_modules/") - 1))) {
    const found = lock.packages[`${at === "" ? "" : `${at}/`}node_modules/${name}`]
    if (found !== undefined) return found.version === version || !/^\d/.test(version)
    if (at === "" || !at.includes("node_modules/")) break
  }
  const found = lock.packages[`node_modules/${name}`]
  return found !== undefined && (found.version === version || !/^\d/.test(version))
}

/** A package that names no platform at all is one that npm must never pick by itself. */
function platformOf(name) {
  const words = name.split(/[^a-z0-9]+/).map((word) => ALIASES[word] ?? word)
  const platform = Object.fromEntries(
    Object.entries(PLATFORMS)
      .map(([kind, known]) => [kind, known.filter((one) => words.includes(one))])
      .filter(([, named]) => named.length > 0),
  )
  return platform.os === undefined && platform.cpu === undefined ? { os: ["none"] } : platform
}
