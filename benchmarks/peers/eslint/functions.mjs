// eslint's complexity (variant "classic") of every function: paths on standard input, a line of
// JSON per file out. The rule reports through a context of ours, at a threshold of 0, so that every
// function is reported; a function starts where its node does, a method at its parameter list.
// Run from the folder in which eslint is installed.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const require = createRequire(join(process.cwd(), "package.json"));
const { Linter } = require("eslint");
const { builtinRules } = require("eslint/use-at-your-own-risk");
const parser = require("@typescript-eslint/parser");
const complexity = builtinRules.get("complexity");

let found = [];
const counting = {
  meta: { schema: false, type: "suggestion" },
  create(context) {
    const lines = context.sourceCode.lines;
    return complexity.create(
      Object.create(context, {
        options: { value: [{ max: 0, variant: "classic" }] },
        report: {
          value({ node, data }) {
            if (!/Function/.test(node.type) || data.name === "Class field initializer") return;
            const { line, column } = node.loc.start;
            const bytes = Buffer.byteLength(lines[line - 1].slice(0, column));
            found.push([data.name, line, bytes, data.complexity]);
          },
        },
      }),
    );
  },
};
const linter = new Linter({ configType: "flat" });

function functions(path) {
  found = [];
  const text = readFileSync(path, "utf8");
  const messages = linter.verify(
    text,
    {
      files: ["**/*.{js,jsx,mjs,cjs,ts,tsx,mts,cts}"],
      linterOptions: { noInlineConfig: true },
      languageOptions: {
        parser,
        sourceType: "module",
        parserOptions: { ecmaFeatures: { jsx: /\.[jt]sx$|\.js$/.test(path) } },
      },
      plugins: { count: { rules: { functions: counting } } },
      rules: { "count/functions": "error" },
    },
    { filename: path.split("/").pop() },
  );
  const fatal = messages.find((message) => message.fatal);
  return fatal ? { path, error: fatal.message } : { path, functions: found };
}

for (const path of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  console.log(JSON.stringify(functions(path)));
}
