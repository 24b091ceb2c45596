// Stands for @stoplight/types.
export const DiagnosticSeverity = { Error: 0, Warning: 1, Information: 2, Hint: 3 };
