/** What a module imports, re-exports or imports late, each specifier once. Types count like values. */
export function importsOf(source: string): string[] {
  // Only the start of a line, so that code in a string or a comment is no import.
  const statements = source.matchAll(/^(?:import|export)\b[^;"'`]*?\bfrom\s*["']([^"']+)["']/gm);
  const forEffect = source.matchAll(/^import\s*["']([^"']+)["']/gm);
  const late = withoutComments(source).matchAll(/\bimport\(\s*["']([^"']+)["']/g);
  return [...new Set([...statements, ...forEffect, ...late].map(([, specifier = ""]) => specifier))];
}

function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
}
