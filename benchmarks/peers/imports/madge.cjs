// What madge makes of the files of a folder: JSON, file -> files.
// node madge.cjs ROOT [TSCONFIG], with the folder of node_modules as working directory.
const { createRequire } = require("node:module");
const path = require("node:path");
const process = require("node:process");

const madge = createRequire(path.join(process.cwd(), "package.json"))("madge");
const [root, tsConfig] = process.argv.slice(2);
const fileExtensions = ["ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs"];
const detectiveOptions = { ts: { mixedImports: true }, tsx: { mixedImports: true }, es6: { mixedImports: true } };
madge(root, { baseDir: root, fileExtensions, tsConfig, detectiveOptions }).then((found) => {
  console.log(JSON.stringify({ edges: found.obj(), skipped: found.warnings().skipped }));
});
