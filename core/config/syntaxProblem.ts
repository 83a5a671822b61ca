/** The sentence for a syntax error of the YAML parser; `around` is the source next to it. */
export function syntaxProblem({ code, message }: { code: string; message: string }, around: string): string {
  if (code === "MULTIPLE_DOCS") return 'A second document starts here, and only one is read: remove the "---".';
  if (code === "RESOURCE_EXHAUSTION") return "This is nested too deeply.";
  if (code === "NON_STRING_KEY") return "A key must be a plain word or a text in quotes.";
  if (around.includes("${")) return `A value with \${…} needs quotes here: "\${VAR}".`;
  // The parser quotes what it met, and that may be a secret.
  return `This is not valid YAML: ${message.replace(/: ".*"$/s, "").replace(/\.$/, "")}.`;
}
