"""What is generated from the code and kept in git: event schemas, AsyncAPI, OpenAPI, the catalogue of problems."""
