import { defaultRoutesPerTable } from "../plan/quota";

/** What a lab's network and its machines are like unless told otherwise. */
export const networkDefaults = {
  vpcCidr: "10.240.0.0/16",
  zones: 1,
  controllers: 1,
  workers: 2,
  instanceType: "t3.small",
  os: "debian-13",
  architecture: "amd64",
  rootVolumeGiB: 16,
  dataVolumeGiB: 0,
  sshPort: 22,
  publicAddresses: true,
  routesPerTable: defaultRoutesPerTable,
} as const;
