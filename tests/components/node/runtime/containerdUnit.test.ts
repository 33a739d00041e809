import { expect } from "chai";
import { renderContainerdUnit } from "../../../../components/node/runtime/containerdUnit";
import { renderUnit } from "../../../../components/node/runtime/systemdUnit";
import { expectGolden } from "../../../support/golden";

describe("containerd.service", () => {
  for (const version of ["1.7.34", "2.0.11", "2.3.4"]) {
    it(`is that of release ${version}`, () => {
      expectGolden(`containerd/containerd.${version}.service`, renderContainerdUnit(version));
    });
  }
});

describe("a systemd unit", () => {
  it("writes a list as several directives", () => {
    expect(renderUnit({ Service: { ExecStart: ["a", "b"] }, Install: {} }, "ours")).to.equal(
      "# ours\n[Service]\nExecStart=a\nExecStart=b\n\n[Install]\n",
    );
  });

  it("refuses a value of two lines", () => {
    expect(() => renderUnit({ Unit: { Description: "a\nExecStart=b" } }, "ours")).to.throw(
      'Description of a systemd unit must be one line; got "a\\nExecStart=b"',
    );
  });
});
