"use strict";
// The component is built without its parser (see ../assets/parser.js), so references are put in place here, and the
// names a parser would note are noted. Our documents hold no circles.
(async () => {
  const answer = await fetch("/asyncapi.json");
  const written = await answer.json();

  const at = (pointer) =>
    pointer
      .slice(2)
      .split("/")
      .reduce((part, step) => part[step.replaceAll("~1", "/").replaceAll("~0", "~")], written);

  const placed = new Map();
  const put = (part) => {
    if (Array.isArray(part)) return part.map(put);
    if (part === null || typeof part !== "object") return part;
    if (typeof part.$ref === "string") {
      if (!placed.has(part.$ref)) placed.set(part.$ref, put(at(part.$ref)));
      return placed.get(part.$ref);
    }
    return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, put(value)]));
  };

  const schema = put(written);
  for (const [name, message] of Object.entries(schema.components.messages)) {
    message["x-parser-message-name"] = name;
    message.payload["x-parser-schema-id"] = name;
  }
  schema["x-parser-spec-parsed"] = true;
  schema["x-parser-api-version"] = 3;
  window.AsyncApi.render(schema, { show: { sidebar: true, errors: true }, sidebar: { showOperations: "bySpecTags" } }, document.getElementById("reference"));
})();
