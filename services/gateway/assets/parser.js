// What the component uses of @asyncapi/parser: the models. The parser itself compiles code at run time (ajv), which
// the Content-Security-Policy of our pages forbids, and weighs two megabytes.
export * from "@asyncapi/parser/esm/document.js";
export * from "@asyncapi/parser/esm/models/index.js";
export { unstringify } from "@asyncapi/parser/esm/stringify.js";
export const fromURL = undefined;
export class Parser {
  registerSchemaParser() {}
}
