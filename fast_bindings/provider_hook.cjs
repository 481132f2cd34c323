// The Node side: the provider package's index requires all of its 2,135 modules (207 MB of JavaScript);
// here each is required when it is first asked for. Touches that one file, in that one release, and no other.
"use strict";

const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");

const KNOWN_VERSION = "20.1.0";
const INDEX = path.join("node_modules", "@cdktf", "provider-aws", "lib", "index.js");
const EXPORT = /^exports\.(\w+) = require\("(\.\/[\w-]+)"\);$/gm;

/** The pairs [name, module] that the index exports, or null when it isn't the file we know. */
function exportsOf(filename) {
  const { version } = JSON.parse(fs.readFileSync(path.join(path.dirname(filename), "..", "package.json"), "utf8"));
  if (version !== KNOWN_VERSION) return null;
  const source = fs.readFileSync(filename, "utf8");
  const pairs = [...source.matchAll(EXPORT)].map(([, name, request]) => [name, request]);
  const everyRequire = source.split("require(").length - 1;
  return pairs.length > 0 && pairs.length === everyRequire ? pairs : null;
}

function defineLazily(module, pairs) {
  Object.defineProperty(module.exports, "__esModule", { value: true });
  for (const [name, request] of pairs) {
    Object.defineProperty(module.exports, name, {
      configurable: true,
      enumerable: true,
      get() {
        const value = module.require(request);
        Object.defineProperty(module.exports, name, { configurable: true, enumerable: true, writable: true, value });
        return value;
      },
    });
  }
}

const loadStock = Module._extensions[".js"];

Module._extensions[".js"] = function load(module, filename) {
  const pairs = filename.endsWith(path.sep + INDEX) ? exportsOf(filename) : null;
  if (pairs === null) return loadStock.call(this, module, filename);
  Module._extensions[".js"] = loadStock;
  return defineLazily(module, pairs);
};
