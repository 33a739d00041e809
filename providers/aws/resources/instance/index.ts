import { common, tags, type AwsResourceType } from "../../resource";
import type { Schema } from "../../../plugin/schema";
import { unlessGone } from "../../waiting";
import { changeInstance, needsStop } from "./change";
import { ebsBlockDevice } from "./ebsDevices";
import { launch } from "./launch";
import { readInstance } from "./read";
import { reach } from "./state";
import { sameUserData, userDataSize } from "./userData";

const metadataOptions: Schema = {
  httpEndpoint: { type: "string", computed: true, values: ["enabled", "disabled"] },
  httpPutResponseHopLimit: { type: "integer", computed: true },
  httpTokens: { type: "string", computed: true, values: ["optional", "required"] },
  instanceMetadataTags: { type: "string", computed: true, values: ["enabled", "disabled"] },
};

const rootBlockDevice: Schema = {
  deleteOnTermination: { type: "boolean", default: true },
  encrypted: { type: "boolean", computed: true, replaces: true },
  volumeSize: { type: "integer", computed: true },
  volumeType: { type: "string", computed: true },
};

/** https://www.pulumi.com/registry/packages/aws/api-docs/ec2/instance */
export const instance: AwsResourceType = {
  title: "EC2 Instance",
  inputs: {
    ...common,
    ...tags,
    ami: { type: "string", required: true, replaces: true },
    associatePublicIpAddress: { type: "boolean", computed: true, replaces: true },
    availabilityZone: { type: "string", computed: true, replaces: true },
    ebsBlockDevices: { type: { list: ebsBlockDevice, key: "deviceName" }, computed: true, replaces: true },
    instanceType: { type: "string", required: true },
    keyName: { type: "string", computed: true, replaces: true },
    metadataOptions: { type: { fields: metadataOptions }, computed: true },
    privateIp: { type: "string", computed: true, replaces: true },
    rootBlockDevice: { type: { fields: rootBlockDevice }, computed: true },
    sourceDestCheck: { type: "boolean", default: true },
    subnetId: { type: "string", computed: true, replaces: true },
    userData: { type: "string", computed: true, same: sameUserData, format: userDataSize },
    userDataReplaceOnChange: { type: "boolean", default: false, kept: true },
    volumeTags: { type: "string{}" },
    vpcSecurityGroupIds: { type: "string set", computed: true },
  },
  outputs: [
    ...["arn", "ebsOptimized", "instanceState", "monitoring", "primaryNetworkInterfaceId", "privateDns"],
    ...["publicDns", "publicIp", "secondaryPrivateIps", "tenancy"],
  ],
  timeouts: { create: 600, update: 600, delete: 1200 },

  replaces: ({ property }, inputs) => property === "userData" && inputs.userDataReplaceOnChange === true,

  // A machine that was stopped gets another public address.
  recomputed: (changes) => (changes.some(needsStop) ? ["instanceState", "publicDns", "publicIp"] : []),

  create: launch,
  read: readInstance,
  update: changeInstance,

  async delete(id, _state, context) {
    await unlessGone(() => context.ec2.terminateInstances({ InstanceIds: [id] }));
    await reach(id, "terminated", context);
  },
};
