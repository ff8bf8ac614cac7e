// Lint rules of this repository that oxlint does not have. Loaded by .oxlintrc.json.

const AMBIENT_GLOBALS = new Set(["fetch", "setTimeout", "setInterval", "setImmediate", "performance", "XMLHttpRequest"])
const AMBIENT_MEMBERS = new Map([
  ["Date", new Set(["now"])],
  ["Math", new Set(["random"])],
  ["AbortSignal", new Set(["timeout"])],
  ["crypto", new Set(["randomUUID", "getRandomValues"])],
])
const GLOBAL_OBJECTS = new Set(["globalThis", "self", "window", "global"])

/**
 * Time, randomness, timers and the network reach library code only through the runtime port, so that a whole run can be
 * repeated from one seed on a virtual clock.
 */
const noAmbientEffects = {
  meta: { type: "problem", docs: { description: "Clock, timers, randomness and fetch come from the runtime port" } },
  create(context) {
    const { sourceCode } = context
    const report = (node, what) =>
      context.report({ node, message: `${what} is allowed in ports only: take it from the Runtime that was passed in` })

    return {
      Identifier(node) {
        if (!AMBIENT_GLOBALS.has(node.name) && node.name !== "Date") return
        if (node.parent.type === "TSTypeQuery" || !isGlobal(sourceCode, node)) return
        if (node.name !== "Date") report(node, node.name)
        else if (
          node.parent.type === "NewExpression" &&
          node.parent.callee === node &&
          node.parent.arguments.length === 0
        )
          report(node, "new Date() without an instant")
        else if (node.parent.type === "CallExpression" && node.parent.callee === node) report(node, "Date()")
      },
      MemberExpression(node) {
        const member = memberName(node)
        if (member === undefined) return
        const owner = ownerName(sourceCode, node.object)
        if (owner === undefined) return
        if (GLOBAL_OBJECTS.has(owner) && AMBIENT_GLOBALS.has(member)) report(node, `${owner}.${member}`)
        else if (AMBIENT_MEMBERS.get(owner)?.has(member)) report(node, `${owner}.${member}`)
      },
    }
  },
}

/** A door lists by name what it lets through; `export *` would publish whatever is added behind it. */
const noExportAll = {
  meta: { type: "problem", docs: { description: "Doors export explicit names" } },
  create(context) {
    return {
      ExportAllDeclaration(node) {
        context.report({ node, message: "Export explicit names instead of `export *`" })
      },
    }
  },
}

function memberName(node) {
  if (!node.computed) return node.property.name
  return typeof node.property.value === "string" ? node.property.value : undefined
}

/** `Date` for `Date` and for `globalThis.Date`, undefined for a local variable of that name. */
function ownerName(sourceCode, node) {
  if (node.type === "Identifier") return isGlobal(sourceCode, node) ? node.name : undefined
  if (node.type !== "MemberExpression") return undefined
  const outer = ownerName(sourceCode, node.object)
  return outer !== undefined && GLOBAL_OBJECTS.has(outer) ? memberName(node) : undefined
}

function isGlobal(sourceCode, node) {
  for (let scope = sourceCode.getScope(node); scope; scope = scope.upper) {
    const reference = scope.references.find((candidate) => candidate.identifier === node)
    if (reference !== undefined) return (reference.resolved?.defs.length ?? 0) === 0 && !reference.isTypeReference
  }
  return false
}

export default {
  meta: { name: "house" },
  rules: { "no-ambient-effects": noAmbientEffects, "no-export-all": noExportAll },
}
