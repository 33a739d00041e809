import { expect } from "chai";
import { image, refused, TestCloud } from "./support";

/** Filter, a value that the thing has, and one that it has not. */
type Row = readonly [name: string, has: string, hasNot: string];

const ofTypes: readonly Row[] = [
  ["auto-recovery-supported", "false", "true"],
  ["bare-metal", "false", "true"],
  ["burstable-performance-supported", "true", "false"],
  ["current-generation", "true", "false"],
  ["dedicated-hosts-supported", "false", "true"],
  ["ebs-info.ebs-optimized-support", "default", "unsupported"],
  ["ebs-info.encryption-support", "supported", "unsupported"],
  ["free-tier-eligible", "true", "false"],
  ["hibernation-supported", "false", "true"],
  ["hypervisor", "nitro", "xen"],
  ["instance-storage-supported", "false", "true"],
  ["instance-type", "t3.micro", "t3.nano"],
  ["memory-info.size-in-mib", "1024", "2048"],
  ["network-info.efa-supported", "false", "true"],
  ["network-info.ena-support", "supported", "required"],
  ["network-info.encryption-in-transit-supported", "false", "true"],
  ["network-info.flexible-ena-queues-support", "unsupported", "supported"],
  ["network-info.ipv4-addresses-per-interface", "1", "2"],
  ["network-info.ipv6-addresses-per-interface", "0", "1"],
  ["network-info.ipv6-supported", "false", "true"],
  ["network-info.maximum-network-cards", "1", "2"],
  ["network-info.maximum-network-interfaces", "1", "2"],
  ["nitro-enclaves-support", "unsupported", "supported"],
  ["nitro-tpm-support", "unsupported", "supported"],
  ["processor-info.supported-architecture", "x86_64", "arm64"],
  ["reboot-migration-support", "unsupported", "supported"],
  ["supported-root-device-type", "ebs", "instance-store"],
  ["supported-usage-class", "on-demand", "spot"],
  ["supported-virtualization-type", "hvm", "paravirtual"],
  ["vcpu-info.default-cores", "1", "2"],
  ["vcpu-info.default-threads-per-core", "2", "1"],
  ["vcpu-info.default-vcpus", "2", "1"],
  ["vcpu-info.valid-cores", "1", "2"],
  ["vcpu-info.valid-threads-per-core", "2", "1"],
];
const absentFromTypes = [
  ...["instance-storage-info.disk.count", "instance-storage-info.disk.size-in-gb", "instance-storage-info.disk.type"],
  ...["instance-storage-info.encryption-support", "instance-storage-info.nvme-support"],
  ...["instance-storage-info.total-size-in-gb", "network-info.bandwidth-weightings"],
  ...["network-info.efa-info.maximum-efa-interfaces", "nitro-tpm-info.supported-versions"],
  "processor-info.supported-features",
];
const unknownOfTypes = [
  ...["ebs-info.attachment-limit-type", "ebs-info.maximum-ebs-attachments", "ebs-info.nvme-support"],
  ...["ebs-info.ebs-optimized-info.baseline-iops", "ebs-info.ebs-optimized-info.maximum-bandwidth-in-mbps"],
  ...["network-info.network-performance", "processor-info.sustained-clock-speed-in-ghz", "supported-boot-mode"],
  "tag:Name",
];

const ofImages: readonly Row[] = [
  ["architecture", "x86_64", "arm64"],
  ["block-device-mapping.delete-on-termination", "true", "false"],
  ["block-device-mapping.device-name", "/dev/xvda", "/dev/sda1"],
  ["block-device-mapping.encrypted", "false", "true"],
  ["block-device-mapping.snapshot-id", "snap-0bbbbbbbbbbbbbbbb", "snap-0aaaaaaaaaaaaaaaa"],
  ["block-device-mapping.volume-size", "8", "9"],
  ["block-device-mapping.volume-type", "gp3", "gp2"],
  ["creation-date", "2026-11-21T*", "2026-11-01T*"],
  ["description", "Debian 13*", "Debian 12*"],
  ["ena-support", "true", "false"],
  ["hypervisor", "xen", "ovm"],
  ["image-id", image, "ami-0aaaaaaaaaaaaaaaa"],
  ["image-type", "machine", "kernel"],
  ["is-public", "true", "false"],
  ["manifest-location", "136693071363/debian-13-amd64-*", "amazon/*"],
  ["name", "debian-13-amd64-20261121-?", "debian-12-*"],
  ["owner-id", "136693071363", "000000000000"],
  ["root-device-name", "/dev/xvda", "/dev/sda1"],
  ["root-device-type", "ebs", "instance-store"],
  ["sriov-net-support", "simple", "none"],
  ["state", "available", "pending"],
  ["tag-key", "team", "owner"],
  ["tag:team", "a", "b"],
  ["virtualization-type", "hvm", "paravirtual"],
];
const absentFromImages = [
  ...["source-image-creation-time", "source-image-id", "source-image-region"].map((name) => `image-watermark.${name}`),
  ...["image-watermark.watermark-creation-time", "image-watermark.watermark-key"],
  ...["kernel-id", "owner-alias", "platform", "product-code", "product-code.type", "ramdisk-id"],
  ...["scan-result.finding-scan-date", "scan-result.highest-finding-severity-label"],
  ...["critical", "high", "medium", "low", "informational"].map((of) => `scan-result.${of}-fix-available-since`),
  ...["source-image-id", "source-image-region", "source-instance-id", "state-reason-code", "state-reason-message"],
];
const unknownOfImages = [
  ...["boot-mode", "free-tier-eligible", "image-allowed", "public-ssm-parameter-name"],
  "instance-type-specification.supported-instance-type",
];

describe("EC2 API: filters that AWS documents", () => {
  let cloud: TestCloud;
  before(async () => {
    cloud = await TestCloud.start();
    await cloud.ec2.createTags({ Resources: [image], Tags: [{ Key: "team", Value: "a" }] });
  });
  after(() => cloud.end());

  for (const { of, one, ids, rows, absent, unknown } of [
    {
      of: "instance types",
      one: "t3.micro",
      ids: async (Name: string, value: string) => {
        const { InstanceTypes = [] } = await cloud.ec2.describeInstanceTypes({ Filters: [{ Name, Values: [value] }] });
        return InstanceTypes.map(({ InstanceType }) => InstanceType as string);
      },
      ...{ rows: ofTypes, absent: absentFromTypes, unknown: unknownOfTypes },
    },
    {
      of: "images",
      one: image,
      ids: async (Name: string, value: string) => {
        const { Images = [] } = await cloud.ec2.describeImages({ Filters: [{ Name, Values: [value] }] });
        return Images.map(({ ImageId = "" }) => ImageId);
      },
      ...{ rows: ofImages, absent: absentFromImages, unknown: unknownOfImages },
    },
  ]) {
    it(`find ${of} by what is known of them`, async () => {
      for (const [name, has, hasNot] of rows) {
        expect(await ids(name, has), `${name}=${has}`).to.include(one);
        expect(await ids(name, hasNot), `${name}=${hasNot}`).not.to.include(one);
      }
    });

    it(`find none of the ${of} by what none of them has`, async () => {
      for (const name of absent) expect(await ids(name, "*"), name).to.deep.equal([]);
    });

    it(`are refused by name where nothing is known of ${of}`, async () => {
      for (const name of unknown) {
        const { code, message } = await refused(ids(name, "*"));
        expect([code, message]).to.deep.equal(["InvalidParameterValue", `The filter '${name}' is invalid`]);
      }
    });
  }
});
