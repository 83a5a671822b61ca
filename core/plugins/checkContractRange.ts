import type { Contract } from "../contract/defineContract.ts";
import { isInRange } from "../contract/versions.ts";
import { HooklineError } from "../errors.ts";
import type { Manifest } from "./manifest.ts";

/**
 * Checks the `hookline` range of a manifest against the host's contracts. A plain range speaks of the built-in contract
 * (`communication`; of any, in a host without it), a mapping names its contracts. Throws `contract_mismatch`, both values named.
 */
export function checkContractRange(
  manifest: Pick<Manifest, "plugin_id" | "hookline">,
  contracts: readonly Pick<Contract, "id" | "version">[],
): void {
  const { plugin_id, hookline } = manifest;
  if (hookline === undefined) return;
  if (typeof hookline === "string") {
    const builtIn = contracts.filter(({ id }) => id === "communication");
    check(hookline, builtIn.length > 0 ? builtIn : contracts, "a contract");
    return;
  }
  for (const [id, range] of Object.entries(hookline)) {
    check(
      range,
      contracts.filter((contract) => contract.id === id),
      `the contract ${id}`,
    );
  }

  function check(range: string, candidates: readonly Pick<Contract, "id" | "version">[], wanted: string): void {
    if (candidates.some(({ version }) => isInRange(version, range))) return;
    const has = (candidates.length > 0 ? candidates : contracts).map(({ id, version }) => `${id} ${version}`).join(", ");
    throw new HooklineError("contract_mismatch", {
      plugin_id,
      range,
      contracts: contracts.map(({ id, version }) => ({ id, version })),
      reason: `${plugin_id} was written for ${wanted} in the range ${range} (\`hookline\` in its manifest), and this host has ${has || "none"}; use a version of the plugin that fits`,
    });
  }
}
