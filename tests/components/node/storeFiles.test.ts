import { expect } from "chai";
import { containerd } from "../../../components/node/runtime/containerd";
import { storeVariables } from "../../../components/node/storeFiles";
import { expectGolden } from "../../support/golden";

describe("snapshotter store files", () => {
  for (const snapshotter of ["btrfs", "zfs", "devmapper"] as const) {
    for (const [place, device] of [
      ["device", "/dev/vdb"],
      ["file", ""],
    ] as const) {
      it(`prepare ${snapshotter} on a ${place}`, () => {
        const variables = storeVariables(containerd, { snapshotter, device, sizeGiB: 8 });
        // The program is a file of its own.
        const text = Object.entries(variables).map(([name, value]) =>
          value.startsWith("#!/bin/sh\n") ? `${name}: thin-pool.sh\n` : `${name}: ${value}\n`,
        );
        expectGolden(`store/${snapshotter}-${place}.txt`, text.join(""));
      });
    }
  }

  it("are none for a snapshotter that needs no store", () => {
    expect(() => storeVariables(containerd, { snapshotter: "overlayfs", device: "", sizeGiB: 8 })).to.throw(
      RangeError,
      "snapshotter overlayfs of containerd has no store to prepare",
    );
  });
});
