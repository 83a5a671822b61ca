// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the variables under test
import { expect, test } from "vitest";
import { expandVariables } from "../../core/config/expandVariables.ts";

const environment = { NAME: "anna", EMPTY: "", _x1: "y" };

test.each([
  ["${NAME}", "anna"],
  ["hello ${NAME}, ${_x1}", "hello anna, y"],
  ["${EMPTY}", ""],
  ["${NO:default}", "default"],
  ["${NO:-default}", "default"],
  ["${NO:}", ""],
  ["${NO:-}", ""],
  ["${EMPTY:default}", "default"],
  ["${NO:--5}", "-5"],
  ["${NO:http://localhost:80/}", "http://localhost:80/"],
  ["$${NAME}", "${NAME}"],
  ["$$${NAME}", "$${NAME}"],
  ["$${${NAME}}", "${anna}"],
  ["5 $ {NAME} $NAME ${NAME}", "5 $ {NAME} $NAME anna"],
])("%s becomes %s", (text, expected) => {
  expect(expandVariables(text, environment)).toMatchObject({ text: expected, problems: [] });
});

test("a text without variables is left alone", () => {
  expect(expandVariables("$NAME {x} $", environment)).toBeUndefined();
});

test("only a text that is one variable and nothing else is whole", () => {
  expect(expandVariables("${NAME}", environment)?.isWhole).toBe(true);
  expect(expandVariables("${NO:5}", environment)?.isWhole).toBe(true);
  expect(expandVariables("${NAME} ", environment)?.isWhole).toBe(false);
  expect(expandVariables("${NAME}${NAME}", environment)?.isWhole).toBe(false);
  expect(expandVariables("$${NAME}", environment)?.isWhole).toBe(false);
});

test("every variable that is not set is named", () => {
  const problems = expandVariables("${ONE} ${TWO}", environment)?.problems.map(({ variable }) => variable);

  expect(problems).toEqual(["ONE", "TWO"]);
});

test("an environment answers only for what it holds itself", () => {
  expect(expandVariables("${constructor}", {})?.problems).toHaveLength(1);
});

test.each([
  ["${NAME", 'A "${" has no "}": close it, or write "$${" for the characters themselves.'],
  ["${}", '"${}" names no environment variable: write ${NAME} or ${NAME:default}, or "$${" for the characters themselves.'],
  ["${1A}", '"${1A}" names no environment variable: write ${NAME} or ${NAME:default}, or "$${" for the characters themselves.'],
  ["${NO:${NAME}}", 'The default of ${NO} holds another "${": a default is plain text and is not expanded.'],
])("%s is refused", (text, message) => {
  expect(expandVariables(text, environment)?.problems.map((problem) => problem.message)).toEqual([message]);
});
