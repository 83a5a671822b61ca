import { expect, test } from "vitest";
import { checkContractRange } from "../../core/plugins/checkContractRange.ts";

const communication = { id: "communication", version: "1.3.0" };
const billing = { id: "billing", version: "2.0.0" };

test("a manifest without a range fits every host", () => {
  expect(() => checkContractRange({ plugin_id: "a" }, [])).not.toThrow();
});

test("a plain range speaks of the built-in contract", () => {
  expect(() => checkContractRange({ plugin_id: "a", hookline: "^1.0" }, [billing, communication])).not.toThrow();
  expect(() => checkContractRange({ plugin_id: "a", hookline: "^2.0" }, [billing, communication])).toThrow(
    /a was written for a contract in the range \^2\.0 .* this host has communication 1\.3\.0/,
  );
});

test("in a host with contracts of its own only, a plain range fits any of them", () => {
  expect(() => checkContractRange({ plugin_id: "a", hookline: "^2.0" }, [billing])).not.toThrow();
});

test("a mapping names its contracts, and each has to fit", () => {
  const hookline = { communication: "^1.0", billing: "^3" };

  expect(() =>
    checkContractRange({ plugin_id: "a", hookline }, [communication, { id: "billing", version: "3.1.0" }]),
  ).not.toThrow();
  expect(() => checkContractRange({ plugin_id: "a", hookline }, [communication, billing])).toThrow(
    "the contract billing in the range ^3",
  );
});

test("a contract that the host does not have is a mismatch that lists those it has", () => {
  const check = () => checkContractRange({ plugin_id: "a", hookline: { shop: "*" } }, [communication, billing]);

  expect(check).toThrow(expect.objectContaining({ code: "contract_mismatch" }));
  expect(check).toThrow("this host has communication 1.3.0, billing 2.0.0");
});
