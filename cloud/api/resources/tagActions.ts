import { Ec2Error, missingParameter } from "../core/errors";
import { applyFilters } from "../core/filters";
import type { Environment, Family } from "../core/handlers";
import { find, type Kind } from "../core/ids";
import { page } from "../core/pages";
import type { State } from "../core/state";
import { readTags, setTags, tagsOf } from "../core/tags";
import { findImage } from "./images";

/** Resource types as tags call them, by what their ids start with. */
const types: Record<string, { readonly type: string; readonly kind: Kind }> = {
  vpc: { type: "vpc", kind: "vpc" },
  subnet: { type: "subnet", kind: "subnet" },
  igw: { type: "internet-gateway", kind: "internetGateway" },
  rtb: { type: "route-table", kind: "routeTable" },
  sg: { type: "security-group", kind: "securityGroup" },
  sgr: { type: "security-group-rule", kind: "securityGroupRule" },
  key: { type: "key-pair", kind: "keyPair" },
  ami: { type: "image", kind: "image" },
  i: { type: "instance", kind: "instance" },
  eni: { type: "network-interface", kind: "networkInterface" },
  vol: { type: "volume", kind: "volume" },
  eipalloc: { type: "elastic-ip", kind: "address" },
  acl: { type: "network-acl", kind: "networkAcl" },
};

function typeOf(id: string) {
  const prefix = id.slice(0, Math.max(0, id.lastIndexOf("-")));
  return Object.hasOwn(types, prefix) ? types[prefix] : undefined;
}

/** @throws Ec2Error `Invalid...ID.NotFound`, or InvalidID for what is no id at all. */
function checkExists(state: State, id: string, environment: Environment): void {
  const kind = typeOf(id)?.kind;
  if (kind === undefined) throw new Ec2Error("InvalidID", `The ID '${id}' is not valid`);
  if (kind === "image") return void findImage(environment, id);
  const byKind: Partial<Record<Kind, Readonly<Record<string, unknown>>>> = {
    vpc: state.vpcs,
    subnet: state.subnets,
    internetGateway: state.internetGateways,
    routeTable: state.routeTables,
    securityGroup: state.securityGroups,
    securityGroupRule: Object.fromEntries(
      Object.values(state.securityGroups).flatMap(({ rules }) => rules.map((rule) => [rule.id, rule])),
    ),
    keyPair: state.keyPairs,
    instance: state.instances,
    networkInterface: state.networkInterfaces,
    volume: state.volumes,
    address: state.addresses,
    networkAcl: Object.fromEntries(Object.values(state.vpcs).map((vpc) => [vpc.networkAclId, vpc])),
  };
  find(kind, byKind[kind] ?? {}, id);
}

export const tagActions: Family = {
  reads: {
    DescribeTags(state, input) {
      const all = Object.entries(state.tags).flatMap(([id, tags]) =>
        tags.map(({ key, value }) => ({ id, key, value })),
      );
      const found = applyFilters(
        all,
        input.Filters,
        {
          key: ({ key }) => key,
          value: ({ value }) => value,
          "resource-id": ({ id }) => id,
          "resource-type": ({ id }) => typeOf(id)?.type,
        },
        ({ key, value }) => [{ key, value }],
      );
      const { items, nextToken } = page(found, ({ id, key }) => `${id} ${Buffer.from(key).toString("hex")}`, input);
      return {
        Tags: items.map(({ id, key, value }) => ({
          ResourceId: id,
          ResourceType: typeOf(id)?.type as "vpc",
          Key: key,
          Value: value,
        })),
        NextToken: nextToken,
      };
    },
  },

  changes: {
    CreateTags(draft, input, environment) {
      const tags = readTags(input.Tags);
      if (tags.length === 0) throw missingParameter("tagSet");
      for (const id of input.Resources ?? []) {
        checkExists(draft, id, environment);
        setTags(draft, id, tags);
      }
      return {};
    },

    /** Tags that there are not, on resources that there are not, are fine; a given value must be the tag's. */
    DeleteTags(draft, input) {
      for (const id of input.Resources ?? []) {
        if (typeOf(id) === undefined) throw new Ec2Error("InvalidID", `The ID '${id}' is not valid`);
        const left = tagsOf(draft, id).filter(
          (tag) =>
            input.Tags !== undefined &&
            !input.Tags.some(({ Key: key, Value: value }) => key === tag.key && (value ?? tag.value) === tag.value),
        );
        if (left.length === 0) delete draft.tags[id];
        else draft.tags[id] = left;
      }
      return {};
    },
  },
};
