// Runs CloudFront functions: one job a line on stdin, one outcome a line on stdout. Each job gets a context of its own,
// as each request does in CloudFront. The process ends with its stdin.
"use strict";

const readline = require("node:readline");
const vm = require("node:vm");

const hostModules = {
  buffer: require("node:buffer"),
  crypto: (({ createHash, createHmac }) => ({ createHash, createHmac }))(require("node:crypto")),
  querystring: require("node:querystring"),
};

// The modules of the runtime, made inside the context so that their promises belong to it.
const PRELUDE = `
"use strict";
{
const { hostModules, given, out } = globalThis.__host;
delete globalThis.__host;
const { store, edge } = JSON.parse(given);
const note = (kind, name, value) => out.origin.push(JSON.parse(JSON.stringify({ kind, name, value })));
const found = (key) => {
  if (store === null || !Object.hasOwn(store.values, key)) throw new Error("KeyNotFound");
  return store.values[key];
};
const read = (key, format) => {
  const value = found(key);
  if (format === "json") return JSON.parse(value);
  return format === "bytes" ? hostModules.buffer.Buffer.from(value) : value;
};
const cloudfront = {
  edgeLocation: edge,
  kvs(id) {
    if (store === null || (id !== undefined && id !== store.id)) throw new Error("no such key value store");
    return {
      get: async (key, options) => read(key, (options || {}).format),
      exists: async (key) => Object.hasOwn(store.values, key),
      count: async () => Object.keys(store.values).length,
    };
  },
  selectRequestOriginById(id, options) { note("select", id, options || {}); },
  updateRequestOrigin(changes) { note("update", "", changes); },
  createRequestOriginGroup() {
    out.gap = "origin groups made by a function";
    throw new Error(out.gap);
  },
};
cloudfront.default = cloudfront;
globalThis.__require = (name) => {
  if (name === "cloudfront") return cloudfront;
  if (Object.hasOwn(hostModules, name)) return hostModules[name];
  throw new Error("no module " + name);
};
globalThis.require = globalThis.__require;
const write = (...parts) => { out.log.push(parts.map(String).join(" ")); };
globalThis.console = { log: write, error: write };
}
`;

// Import statements of a whole module or of names; contexts of node:vm have no modules without a flag.
const IMPORT = /^[ \t]*import\s+(?:\*\s+as\s+(\w+)|(\w+)|\{([^}]*)\})\s+from\s+(['"])(\w+)\4[ \t]*;?/gm;

function imported(code) {
  return code.replace(IMPORT, (_, all, one, names, quote, module) => {
    const target = names === undefined ? all || one : `{${names.replace(/\bas\b/g, ":")}}`;
    return `const ${target} = __require("${module}");`;
  });
}

const CALL = `
(async () => handler(JSON.parse(__event)))().then(
  (value) => { __out.done = true; __out.result = value === undefined ? "" : JSON.stringify(value); },
  (error) => { __out.done = true; __out.error = String(error); },
);
`;

function run(job) {
  const out = { origin: [], log: [], gap: "", done: false, result: "", error: "" };
  const { Buffer, atob, btoa } = globalThis;
  const context = vm.createContext(
    { Buffer, atob, btoa, __host: { hostModules, given: JSON.stringify(job), out } },
    { codeGeneration: { strings: false, wasm: false }, microtaskMode: "afterEvaluate" },
  );
  const settings = { timeout: job.timeout_ms, filename: job.name };
  try {
    vm.runInContext(PRELUDE, context);
    vm.runInContext(`"use strict"; ${imported(job.code)}`, context, settings);
    context.__event = JSON.stringify(job.event);
    context.__out = out;
    vm.runInContext(CALL, context, settings);
    if (!out.done) out.error = "the function waits for what never comes";
  } catch (error) {
    out.error = String(error);
  }
  return out;
}

readline
  .createInterface({ input: process.stdin })
  .on("line", (line) => process.stdout.write(JSON.stringify(run(JSON.parse(line))) + "\n"))
  .on("close", () => process.exit(0));
