import { expect } from "chai";
import { ConfigError } from "../../components";

/** What a configuration is refused for, a line each; none when it is taken. */
export function configProblems(parse: () => unknown): string[] {
  try {
    parse();
  } catch (error) {
    expect(error).to.be.instanceOf(ConfigError);
    return (error as Error).message
      .split("\n")
      .slice(1)
      .map((line) => line.replace("  - ", ""));
  }
  return [];
}
