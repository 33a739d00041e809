import { Ec2Error } from "./errors";

/** The parameters of a request as a tree: `Filter.1.Value.2=x` is x at Filter, 1, Value, 2. */
export interface QueryNode {
  value?: string;
  readonly children: Map<string, QueryNode>;
}

/** Deepest nesting that any EC2 request has is far below this. */
const maxDepth = 20;

/** @throws Ec2Error MalformedQueryString for names that are nested without end. */
export function parseQuery(parameters: URLSearchParams): QueryNode {
  const root: QueryNode = { children: new Map() };
  for (const [name, value] of parameters) {
    const parts = name.split(".");
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
