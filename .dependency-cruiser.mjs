// Who may import whom (docs/architecture.md has the picture). Each rule is proved to fire by scripts/lint/import-rules.test.ts.

const SRC = "^packages/[^/]+/src/"
const CORE = "^packages/core/src/"
const TEST = "\\.test(-d)?\\.ts$"
const NODE_ROOM = "/node/"

const BEHAVIOUR = "(sync|finalize|optimization|bulk-change|exchange)"
const GROUND = "(ports|errors|domain)"
// A room's door; carriers and exchange hold one room per outside system, and host-only doors live in `node/`.
const DOORS = [`${CORE}[^/]+/mod\\.ts$`, `${CORE}[^/]+/[^/]+/mod\\.ts$`]
const DATABASE = "^(node_modules/)(drizzle-orm|@libsql/client|libsql)/|^(drizzle-orm|@libsql/client|libsql)(/|$)"

/** A product file of a room of core. Tests are free to look behind doors. */
const room = (name) => ({ path: `${CORE}${name}/`, pathNot: TEST })
const forbid = (name, comment, from, to) => ({ name, comment, severity: "error", from, to })

/** The packages a published package may import besides itself; types count as imports. */
function packageStandsOn(name, allowed) {
  const others = [`^packages/${name}/`, "^node:", ...allowed.map((one) => `^(node_modules/)?${one}(/|$)`)]
  return forbid(
    `${name}-stands-on`,
    `packages/${name} imports only ${allowed.length === 0 ? "itself" : `itself, ${allowed.join(", ")}`}`,
    { path: `^packages/${name}/(src|bin)/`, pathNot: TEST },
    { pathNot: others, dependencyTypesNot: ["core"] },
  )
}

/** @type {{ forbidden: import("dependency-cruiser").IForbiddenRuleType[], options: import("dependency-cruiser").IConfiguration["options"] }} */
export default {
  forbidden: [
    forbid("no-cycles", "Modules form no cycle, by types neither", {}, { circular: true }),
    forbid("resolvable", "An import leads somewhere", {}, { couldNotResolve: true }),

    packageStandsOn("optimizer", []),
    packageStandsOn("jasper-client", ["ky", "p-queue", "valibot"]),
    packageStandsOn("core", [
      "packages/(optimizer|jasper-client)",
      "drizzle-orm",
      "@libsql/client",
      // In the store's node/ room only, and optional.
      "libsql",
      "valibot",
      "@noble/hashes",
      "@date-fns/tz",
      "aws4fetch",
      "write-excel-file",
      // Its types; the package itself only in the notifications' node/ room, and optional.
      "(@types/)?nodemailer",
    ]),
    packageStandsOn("adapters-hono", ["packages/core", "hono", "valibot"]),
    forbid(
      "packages-through-names",
      "One package uses another by its name, never by a path into it; only measurements may look inside",
      { path: "^(packages/[^/]+|examples|scripts)/" },
      { path: "^packages/", pathNot: "^$1/", dependencyTypes: ["local"] },
    ),
    forbid(
      "optimizer-in-optimization-only",
      "Only core/optimization imports @altaworx/optimizer",
      { path: CORE, pathNot: [`${CORE}optimization/`, TEST] },
      { path: "^packages/optimizer/" },
    ),
    forbid(
      "jasper-client-in-control-center-only",
      "Only core/carriers/control-center imports @altaworx/jasper-client",
      { path: CORE, pathNot: [`${CORE}carriers/control-center/`, TEST] },
      { path: "^packages/jasper-client/" },
    ),
    forbid(
      "client-ignores-simulator",
      "The client works without its simulator",
      { path: "^packages/jasper-client/src/", pathNot: ["^packages/jasper-client/src/simulator/", TEST] },
      { path: "^packages/jasper-client/src/simulator/" },
    ),

    forbid(
      "database-in-its-places",
      "drizzle and the database client: only schema.ts, statements.ts and <what>-statements.ts of a room, and the store room",
      { path: SRC, pathNot: [`${CORE}store/`, `${CORE}.+/(schema|[a-z-]*statements)\\.ts$`, TEST] },
      { path: DATABASE },
    ),
    forbid(
      "database-client-in-store",
      "Only the store room knows the database client",
      { path: SRC, pathNot: [`${CORE}store/`, TEST] },
      { path: DATABASE.replaceAll("drizzle-orm|", "") },
    ),

    forbid(
      "rooms-through-doors",
      "A room uses another through its mod.ts",
      { path: `${CORE}([^/]+)/`, pathNot: TEST },
      { path: `${CORE}[^/]+/`, pathNot: [`${CORE}$1/`, ...DOORS] },
    ),
    forbid(
      "root-through-doors",
      "The root of core uses rooms through their mod.ts",
      { path: `${CORE}[^/]+\\.ts$`, pathNot: TEST },
      { path: `${CORE}[^/]+/`, pathNot: DOORS },
    ),
    forbid(
      "not-through-own-door",
      "Inside a room, files import each other directly",
      { path: `${CORE}([^/]+)/`, pathNot: TEST },
      { path: `${CORE}$1/mod\\.ts$` },
    ),
    forbid(
      "rooms-below-root",
      "Rooms do not know what wires them",
      { path: `${CORE}[^/]+/`, pathNot: TEST },
      { path: `${CORE}[^/]+\\.ts$` },
    ),
    forbid(
      "behaviour-rooms-apart",
      "Behaviour rooms hand over by enqueuing a job, never by import",
      { path: `${CORE}${BEHAVIOUR}/`, pathNot: TEST },
      { path: `${CORE}${BEHAVIOUR}/`, pathNot: `${CORE}$1/` },
    ),
    forbid(
      "behaviour-on-top",
      "Only the root of core imports behaviour rooms",
      { path: `${CORE}[^/]+/`, pathNot: [`${CORE}${BEHAVIOUR}/`, TEST] },
      { path: `${CORE}${BEHAVIOUR}/` },
    ),
    forbid(
      "native-client-in-node-room",
      "Edge hosts load no native module: only the store's node/ room has it",
      { path: CORE, pathNot: [`${CORE}store/node/`, TEST] },
      { path: "^(node_modules/)?libsql(/|$)" },
    ),
    forbid("ground-rooms", "ports, errors and domain import only each other", room(GROUND), {
      path: CORE,
      pathNot: `${CORE}${GROUND}/`,
    }),
    forbid("store-is-mechanism", "The store knows no room above ports, errors and domain", room("store"), {
      path: CORE,
      pathNot: `${CORE}(store|ports|errors|domain)/`,
    }),
    forbid("carriers-behind-port", "Carriers stand on ports, errors and domain", room("carriers"), {
      path: CORE,
      pathNot: `${CORE}(carriers|ports|errors|domain)/`,
    }),
    forbid(
      "carriers-wired-at-root",
      "Rooms talk to a carrier through ports/carrier",
      { path: `${CORE}[^/]+/`, pathNot: [`${CORE}carriers/`, TEST] },
      { path: `${CORE}carriers/` },
    ),
    forbid(
      "testing-is-for-tests",
      "Product code does not import the testing room",
      { path: CORE, pathNot: [`${CORE}testing/`, TEST] },
      { path: `${CORE}testing/` },
    ),

    forbid(
      "host-modules-in-node-rooms",
      "Host modules are imported in rooms named node/ only",
      { path: SRC, pathNot: [NODE_ROOM, TEST] },
      { dependencyTypes: ["core"] },
    ),
    forbid(
      "node-rooms-apart",
      "Code for every runtime does not import a node/ room",
      { path: SRC, pathNot: [NODE_ROOM, TEST] },
      { path: [`${SRC}node/`, `${SRC}.+/node/`] },
    ),
    forbid("tests-stay-behind", "Nothing imports a test file", {}, { path: TEST }),
    forbid(
      "test-helpers-stay-behind",
      "Product code does not import from test/",
      { path: SRC, pathNot: TEST },
      {
        path: "^packages/[^/]+/test/",
      },
    ),
  ],
  options: {
    doNotFollow: { path: ["node_modules", "/dist/"] },
    exclude: { path: ["/dist/", "^docs/reference/"] },
    // Types count: a type from the wrong room couples as much as a value.
    tsPreCompilationDeps: true,
    moduleSystems: ["es6"],
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["@altaworx/source", "types", "import", "node", "default"],
      extensions: [".ts", ".js", ".mjs", ".d.ts", ".json"],
    },
  },
}
