import { expect } from "chai";
import { cacheDirectory, labPaths, stateDirectory } from "../../cli/paths";
import { failureOf } from "./support";

describe("paths", () => {
  const cases: { env: Record<string, string>; cache: string; state: string }[] = [
    { env: { HOME: "/h" }, cache: "/h/.cache/hardway", state: "/h/.local/state/hardway" },
    { env: { HOME: "/h", XDG_CACHE_HOME: "/c", XDG_STATE_HOME: "/s" }, cache: "/c/hardway", state: "/s/hardway" },
    // The specification: a relative path is invalid and ignored.
    {
      env: { HOME: "/h", XDG_CACHE_HOME: "c", XDG_STATE_HOME: "" },
      cache: "/h/.cache/hardway",
      state: "/h/.local/state/hardway",
    },
    {
      env: { HOME: "/h", XDG_CACHE_HOME: "/c", HARDWAY_CACHE_DIR: "/own", HARDWAY_STATE_DIR: "/st" },
      cache: "/own",
      state: "/st",
    },
  ];
  for (const { env, cache, state } of cases) {
    it(`are ${cache} and ${state} with ${JSON.stringify(env)}`, () => {
      expect([cacheDirectory(env), stateDirectory(env)]).to.deep.equal([cache, state]);
    });
  }

  it("of a lab are below its own folder, except the lock", () => {
    const { directory, lock, inventory, pulumiHome } = labPaths("two", "/s");
    expect({ directory, lock, inventory, pulumiHome }).to.deep.equal({
      directory: "/s/labs/two",
      lock: "/s/labs/.two.lock",
      inventory: "/s/labs/two/inventory.json",
      pulumiHome: "/s/labs/two/pulumi-home",
    });
  });

  for (const name of ["", "../up", "Two", "-x", "a b", "x".repeat(31), "a/b", "."]) {
    it(`refuse the lab name ${JSON.stringify(name)}`, async () => {
      const error = await failureOf(() => labPaths(name, "/s"));
      expect(error.message).to.contain("--lab must be").and.contain(JSON.stringify(name));
      expect(error).to.have.property("exitCode", 64);
    });
  }
});
