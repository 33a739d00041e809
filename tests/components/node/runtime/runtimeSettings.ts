import type { AptRepository } from "../../../../components/node/runtime/runtimeSettings";
import type { AddedArtifact } from "../../../../components/node/runtime/artifacts/artifact";
import type { RuntimeSettings } from "../../../../components/node/runtime/runtimeSettings";
import { runtimeDefaults } from "../../../../components/node/runtime/runtimes";

/** Settings that are well formed, with the defaults for what is not given. */
export function settingsWith(change: Partial<RuntimeSettings>): RuntimeSettings {
  return { ...runtimeDefaults, ...change };
}

/** A made-up public key: well formed as far as anybody but gpg looks. */
export const armoredKey = `-----BEGIN PGP PUBLIC KEY BLOCK-----

mQINBFit5IEBEADDt86QpYKz5flnCsOyZ/fk3WwBKxfDjwHf/GIflo+4GWAXS7wJ
=85gs
-----END PGP PUBLIC KEY BLOCK-----
`;

export const criDockerdArtifact: AddedArtifact = {
  name: "cri-dockerd",
  version: "0.4.3",
  arch: "amd64",
  url: "https://github.com/Mirantis/cri-dockerd/releases/download/v0.4.3/cri-dockerd-0.4.3.amd64.tgz",
  sha256: "2".repeat(64),
};

export const crioRepository: AptRepository = {
  url: "https://download.opensuse.org/repositories/isv:/cri-o:/stable:/v1.36/deb/",
  suite: "/",
  components: [],
  key: armoredKey,
};

export const mirantisRepository: AptRepository = {
  url: "https://repos.mirantis.com/ubuntu",
  suite: "noble",
  components: ["stable-29.4"],
  key: armoredKey,
};
