import { stringify } from "yaml";
import { handlers, handlerNames, type HandlerName } from "./handlers";

/**
 * RuntimeClass manifests (node.k8s.io/v1) for every handler of a lab, to be applied once there is a control plane.
 *
 * A handler that not every worker has is given a node selector, since a pod on another worker could never start; its
 * label is to be put on the nodes that are named above it.
 *
 * @param handlersByNode handlers of each worker, by name
 */
export function renderRuntimeClasses(handlersByNode: Readonly<Record<string, readonly HandlerName[]>>): string {
  const nodes = Object.keys(handlersByNode);
  return handlerNames
    .map((name) => ({ name, with: nodes.filter((node) => handlersByNode[node]?.includes(name)) }))
    .filter((handler) => handler.with.length > 0)
    .map((handler) => renderClass(handler.name, handler.with, handler.with.length < nodes.length))
    .join("---\n");
}

function renderClass(name: HandlerName, nodes: readonly string[], isPartial: boolean): string {
  const label = `hardway/handler-${name}`;
  const comment = isPartial ? `# kubectl label node ${nodes.join(" ")} ${label}=true\n` : "";
  const { overhead } = handlers[name];
  return (
    comment +
    stringify({
      apiVersion: "node.k8s.io/v1",
      kind: "RuntimeClass",
      metadata: { name },
      handler: name,
      ...(overhead === undefined ? {} : { overhead: { podFixed: overhead } }),
      ...(isPartial ? { scheduling: { nodeSelector: { [label]: "true" } } } : {}),
    })
  );
}
