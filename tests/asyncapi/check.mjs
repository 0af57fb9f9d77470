// Reads an AsyncAPI document with the official parser and prints what it finds as JSON.
// Ends with 1 when there is an error or a warning; hints are only told.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { Parser } from "@asyncapi/parser";

const [path] = process.argv.slice(2);
const { document, diagnostics } = await new Parser().parse(readFileSync(path, "utf8"), {
  source: pathToFileURL(path).pathname,
});
const found = diagnostics.map(({ code, message, path: where, severity }) => ({
  code,
  message,
  severity,
  where: where.join("."),
}));
const messages = document ? document.allMessages().all().map((one) => one.id()) : [];
console.log(JSON.stringify({ messages, found }, null, 2));
process.exitCode = document && found.every(({ severity }) => severity > 1) ? 0 : 1;
