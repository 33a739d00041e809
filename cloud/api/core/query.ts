import { Ec2Error } from "./errors";

/** The parameters of a request as a tree: `Filter.1.Value.2=x` is x at Filter, 1, Value, 2. */
export interface QueryNode {
  value?: string;
  readonly children: Map<string, QueryNode>;
}

/**
 * Where an empty value says something: values of tags, filters and attributes, e.g. `Tag.1.Value`, `Filter.1.Value.2` and
 * `Description.Value`.
 */
const mayBeEmpty = /(^|\.)Value(\.\d+)?$/;

/** Deepest nesting that any EC2 request has is far below this. */
const maxDepth = 20;

/**
 * A parameter that is empty is one that is not there, as on EC2: clients send `Placement.AvailabilityZone=` when they want no zone.
 * @throws Ec2Error MalformedQueryString for names that are nested without end.
 */
export function parseQuery(parameters: URLSearchParams): QueryNode {
  const root: QueryNode = { children: new Map() };
  for (const [name, value] of parameters) {
    if (value === "" && !mayBeEmpty.test(name)) continue;
    const parts = name.split(".", maxDepth + 1);
    if (parts.length > maxDepth) throw new Ec2Error("MalformedQueryString", `The parameter ${name} is malformed`);
    let node = root;
    for (const part of parts) {
      let child = node.children.get(part);
      if (child === undefined) node.children.set(part, (child = { children: new Map() }));
      node = child;
    }
    node.value = value;
  }
  return root;
}
