// What the parser of the AsyncAPI initiative makes of a document: its diagnostics, and what it has read.

import { text } from "node:stream/consumers";
import { Parser } from "@asyncapi/parser";

const { document, diagnostics } = await new Parser().parse(await text(process.stdin));

const read = document && {
  channels: document.channels().all().map((channel) => channel.id()),
  operations: document.operations().all().map((operation) => operation.id()),
  messages: document.components().messages().all().map((message) => message.name()),
};
// 0 is an error, 1 a warning.
const told = diagnostics.map(({ severity, code, message, path }) => ({ severity, code, message, path: path.join("/") }));

console.log(JSON.stringify({ read, told }));
