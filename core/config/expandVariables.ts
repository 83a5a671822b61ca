/** What became of a text that holds `${…}`. */
interface Expansion {
  text: string;
  /** The text was one `${…}` and nothing else. */
  isWhole: boolean;
  /** One sentence for each `${…}` that could not be filled in, with the name of the variable when it has one. */
  problems: { message: string; variable?: string }[];
}

/**
 * Fills in `${VAR}`, `${VAR:default}` and `${VAR:-default}`; `$${` is a literal `${`. What a variable holds is never looked at
 * again. Undefined when there is nothing to fill in.
 */
export function expandVariables(text: string, environment: Record<string, string | undefined>): Expansion | undefined {
  if (!text.includes("${")) return undefined;
  const problems: Expansion["problems"] = [];
  const expanded = text.replace(/\$\$\{|\$\{([^}]*)(\}?)/g, (found, body: string | undefined, end: string) => {
    if (body === undefined) return "${";
    const { value, ...problem } = end === "" ? unclosed : fill(body, environment);
    if (problem.message !== undefined) problems.push({ ...problem, message: problem.message });
    return value ?? found;
  });
  return { text: expanded, isWhole: /^\$\{[^}]*\}$/.test(text), problems };
}

interface Filled {
  value?: string;
  message?: string;
  variable?: string;
}

const unclosed: Filled = { message: `A "\${" has no "}": close it, or write "$\${" for the characters themselves.` };

function fill(body: string, environment: Record<string, string | undefined>): Filled {
  const [, variable, fallback] = /^([A-Za-z_]\w*)(?::-?(.*))?$/s.exec(body) ?? [];
  if (variable === undefined) {
    return {
      message: `"\${${body}}" names no environment variable: write \${NAME} or \${NAME:default}, or "$\${" for the characters themselves.`,
    };
  }
  if (fallback?.includes("${")) {
    return {
      variable,
      message: `The default of \${${variable}} holds another "\${": a default is plain text and is not expanded.`,
    };
  }
  // Own names only: an environment given as an object also answers to `constructor`.
  const value = Object.hasOwn(environment, variable) ? environment[variable] : undefined;
  if (fallback !== undefined) return { value: value === undefined || value === "" ? fallback : value };
  if (value !== undefined) return { value };
  return {
    variable,
    message: `The environment variable ${variable} is not set and has no default: set it, or write \${${variable}:default}.`,
  };
}
