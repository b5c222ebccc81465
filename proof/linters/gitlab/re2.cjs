// Loaded before gitlab-ci-local: its package re2 downloads a native module when it is installed, which npm must not do
// here. JavaScript's own expressions are enough for the patterns of rules and includes.
const Module = require("node:module");
const path = require("node:path");

const file = require.resolve("re2", { paths: [path.dirname(process.argv[1])] });
require.cache[file] = Object.assign(new Module(file), { exports: RegExp, filename: file, loaded: true });
