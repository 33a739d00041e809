import { expect } from "chai";
import { describeError, InterruptedError, UserError } from "../../cli/errors";
import { ConfigError } from "../../components/config/problems";

describe("errors", () => {
  it("of the user are one message with an exit code of their own", () => {
    expect(describeError(new UserError("disk full"))).to.deep.equal({ text: "disk full", exitCode: 1 });
    expect(describeError(new UserError("no go", 69))).to.deep.equal({ text: "no go", exitCode: 69 });
    expect(describeError(new InterruptedError())).to.deep.equal({ text: "Interrupted.", exitCode: 130 });
  });

  it("of the configuration are shown whole", () => {
    const error = new ConfigError([{ key: "hardway:workers", rule: "must be at least 1", got: 0 }]);
    expect(describeError(error)).to.deep.equal({ text: error.message, exitCode: 78 });
  });

  it("of any other kind are bugs and bring their stack", () => {
    const { text, exitCode } = describeError(new TypeError("x is not a function"));
    expect(exitCode).to.equal(70);
    expect(text).to.contain("bug in hardway").and.contain("TypeError: x is not a function\n    at ");
  });
});
