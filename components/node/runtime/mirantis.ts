import { dockerRuntime } from "./docker";

/**
 * Mirantis Container Runtime with cri-dockerd: Docker's daemon and client in packages of
 * Mirantis' own, from their repository or a copy of it (docs.mirantis.com, "Install MCR").
 */
export const mirantis = dockerRuntime("mirantis", ["repository"], {
  repository: ["docker-ee", "docker-ee-cli", "containerd.io"],
});
