// AsyncAPI's React component for a document whose references are already in place.
import React from "react";
import { createRoot } from "react-dom/client";
import AsyncApi from "@asyncapi/react-component/lib/esm/containers/AsyncApi/Standalone.js";

window.AsyncApi = {
  render: (schema, config, element) => createRoot(element).render(React.createElement(AsyncApi, { schema, config })),
};
