// Takes a JSON list of [file of a module, class in it, resource] from standard input, prints number and text of each problem.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const problems = [];
for (const [number, [file, name, resource]] of JSON.parse(readFileSync(0, "utf8")).entries()) {
  const Model = (await import(pathToFileURL(file)))[name];
  try {
    new Model(resource).validate();
  } catch (error) {
    if (!error.errors) throw error;
    for (const { instancePath, message } of error.errors) {
      const field = instancePath.slice(1).replace(/\/(\d+)(?=\/|$)/g, "[$1]").replaceAll("/", ".");
      problems.push([number, `${field || "resource"}: ${message}`]);
    }
  }
}
console.log(JSON.stringify(problems));
