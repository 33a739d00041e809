import type { Rule } from "../rule";
import { checksummedArtifacts } from "./artifacts";
import { oneCgroupDriver } from "./cgroupDriver";
import { encryptionAtRest } from "./encryptionAtRest";
import { masquerade } from "./masquerade";
import { podCidrsOutsideVpc } from "./podCidrs";
import { encryptedVolumes, imdsv2, sourceDestCheck } from "./instances";
import { pinnedHostKeys } from "./hostKeys";
import { noSshFromEverywhere } from "./ssh";
import { swapOff } from "./swap";

/** All rules, in the order of the documentation. */
export const rules: readonly Rule[] = [
  noSshFromEverywhere,
  pinnedHostKeys,
  sourceDestCheck,
  imdsv2,
  encryptedVolumes,
  swapOff,
  oneCgroupDriver,
  podCidrsOutsideVpc,
  checksummedArtifacts,
  encryptionAtRest,
  masquerade,
];
