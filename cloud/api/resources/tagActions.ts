import { Ec2Error, invalidParameterValue, missingParameter } from "../core/errors";
import { applyFilters } from "../core/filters";
import { filtered } from "../core/handled";
import type { Environment, Family } from "../core/handlers";
import { find, isId, type Kind } from "../core/ids";
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

/** As AWS says of CreateTags and DeleteTags. */
const maxResources = 1000;

function taggedResources(ids: readonly string[] | undefined): readonly string[] {
  const unique = [...new Set(ids)];
  if (unique.length > maxResources) {
    throw invalidParameterValue(`A request may name up to ${maxResources} resources, not ${unique.length}`);
  }
  for (const id of unique) kindOf(id);
  return unique;
}

function kindOf(id: string): Kind {
  const kind = typeOf(id)?.kind;
  if (kind === undefined || !isId(kind, id)) throw new Ec2Error("InvalidID", `The ID '${id}' is not valid`);
  return kind;
}

/** Says of an id whether there is such a resource. @throws Ec2Error `Invalid...ID.NotFound`. */
function existence(state: State, environment: Environment): (id: string) => void {
  const rules = Object.values(state.securityGroups).flatMap((group) => group.rules.map((rule) => [rule.id, rule]));
  const lists = Object.values(state.vpcs).map((vpc) => [vpc.networkAclId, vpc]);
  const byKind: Partial<Record<Kind, Readonly<Record<string, unknown>>>> = {
    vpc: state.vpcs,
    subnet: state.subnets,
    internetGateway: state.internetGateways,
    routeTable: state.routeTables,
    securityGroup: state.securityGroups,
    securityGroupRule: Object.fromEntries(rules) as Record<string, unknown>,
    keyPair: state.keyPairs,
    instance: state.instances,
    networkInterface: state.networkInterfaces,
    volume: state.volumes,
    address: state.addresses,
    networkAcl: Object.fromEntries(lists) as Record<string, unknown>,
  };
  return (id) => {
    const kind = kindOf(id);
    if (kind === "image") findImage(environment, id);
    else find(kind, byKind[kind] ?? {}, id);
  };
}

export const tagActions: Family = {
  inputs: {
    DescribeTags: filtered,
    CreateTags: { Resources: true, Tags: true },
    DeleteTags: { Resources: true, Tags: true },
  },

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
      const check = existence(draft, environment);
      for (const id of taggedResources(input.Resources)) {
        check(id);
        setTags(draft, id, tags);
      }
      return {};
    },

    /** Tags that there are not, on resources that there are not, are fine; a given value must be the tag's. */
    DeleteTags(draft, input) {
      const unwanted = new Map<string | undefined, Set<string | undefined>>();
      for (const { Key: key, Value: value } of input.Tags ?? []) {
        unwanted.set(key, (unwanted.get(key) ?? new Set<string | undefined>()).add(value));
      }
      for (const id of taggedResources(input.Resources)) {
        const left = tagsOf(draft, id).filter(({ key, value }) => {
          const values = unwanted.get(key);
          return input.Tags !== undefined && values?.has(undefined) !== true && values?.has(value) !== true;
        });
        if (left.length === 0) delete draft.tags[id];
        else draft.tags[id] = left;
      }
      return {};
    },
  },
};
