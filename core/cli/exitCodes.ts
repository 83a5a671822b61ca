/** The exit codes of `hookline`; `--help` and docs/cli.md list them. */
export const exitCodes = [
  { code: 0, means: "done" },
  { code: 1, means: "the call failed, or an instance is not live" },
  { code: 2, means: "wrong use, or something wrong in configuration or manifests" },
  { code: 3, means: "the call succeeded in part" },
] as const;
