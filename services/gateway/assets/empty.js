// Stands for packages that only the parser uses.
const nothing = () => undefined;
export { nothing as AvroSchemaParser, nothing as OpenAPISchemaParser, nothing as ProtoBuffSchemaParser };
export class Document {}
export default { schemas: {} };
