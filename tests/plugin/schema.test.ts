import { expect } from "chai";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as components from "../../components";
import { notServed, servedComponents } from "../../plugin/components";
import { leftOut } from "../../plugin/schema/finishSchema";
import { makeSchema, schemaFile } from "../../plugin/schema/makeSchema";
import type { PackageSchema, PropertySchema } from "../../plugin/schema/packageSchema";

/** Properties that other languages may set to anything, because no type says more. */
const ofAnyType: readonly string[] = [];

/** Names under which credentials go; others that sound like it are looked at below. */
const secrets = ["password", "privateKey", "privateKeyPassword", "registryCredentials", "credentials"];

describe("the schema for other languages", function () {
  this.timeout(180_000);
  const text = readFileSync(schemaFile, "utf8");
  const schema = JSON.parse(text) as PackageSchema;

  it("is what the components' types and docstrings say; npm run schema makes it anew", () => {
    expect(JSON.parse(JSON.stringify(makeSchema()))).to.deep.equal(schema);
  });

  it("has every component and output but for those that are not served, which the document names with a reason", () => {
    const served = Object.keys(servedComponents);
    expect([...served, ...notServed.components].sort()).to.deep.equal(componentClasses());
    expect(Object.keys(schema.resources).sort()).to.deep.equal(served.map((name) => `hardway:index:${name}`).sort());
    const functions = Object.entries(components).flatMap(([name, value]) => (isFunction(value) ? [name] : []));
    expect([...notServed.functions].sort()).to.deep.equal(functions.sort());

    const page = readFileSync(join(__dirname, "../../docs/languages.md"), "utf8");
    const table = page.slice(page.indexOf("## What is not served"), page.indexOf("## The schema"));
    const rows = [...table.matchAll(/^\| (?!---)(\S.*?) \| (\S.*?) \|/gm)];
    const named = rows.flatMap(([, what = ""]) => [...what.matchAll(/`(\w+)`/g)].map(([, name]) => name));
    const outputs = Object.entries(leftOut).flatMap(([component, names]) => [...names, component]);
    const all = [...notServed.components, ...notServed.functions, ...outputs];
    expect(named.sort()).to.deep.equal(all.sort());
  });

  it("says of each property what it is, and nothing that only this language has", () => {
    const anything = propertiesOf(schema).filter(([, property]) => refersTo(property, "pulumi.json#/Any"));
    expect(anything.map(([place]) => place)).to.deep.equal(ofAnyType);
    expect(text).not.to.contain("[object Object]");
    expect(text).not.to.contain("__#");
    expect(text).not.to.match(/\{@\w+/);
    expect(Object.keys(schema.types).filter((token) => token.endsWith("Args"))).to.deep.equal([]);
  });

  it("has no output of an argument's name and another type, which mocks in Python take for the argument", () => {
    const shape = (property: unknown) =>
      JSON.stringify(property, (key, value: unknown) =>
        ["plain", "description", "default"].includes(key) ? undefined : value,
      );
    const differing = Object.entries(schema.resources).flatMap(([token, { inputProperties, properties }]) =>
      Object.entries(properties)
        .filter(([name, output]) => inputProperties[name] && shape(inputProperties[name]) !== shape(output))
        .map(([name]) => `${tail(token.replaceAll(":", "."))}.${name}`),
    );
    // Its items have a part of the argument's properties.
    expect(differing).to.deep.equal(["VpcPodRoutes.routes"]);
  });

  it("describes every argument, and every output of a component", () => {
    const bare = propertiesOf(schema).filter(
      ([place, { description }]) => description === undefined && Object.keys(schema.resources).includes(tokenOf(place)),
    );
    expect(bare.map(([place]) => place)).to.deep.equal([]);
  });

  it("marks credentials, wherever they are, as secret", () => {
    const all = propertiesOf(schema);
    const found = all.filter(([, { secret }]) => secret).map(([place]) => place);
    expect(found).to.include("hardway:index:SshKeyPair.privateKey");
    const credentials = all.filter(([place]) => secrets.includes(place.split(".").at(-1) ?? ""));
    expect(found).to.deep.equal(credentials.map(([place]) => place));
    const suspicious = all.filter(
      ([place, { secret }]) =>
        !secret && /pass(word|phrase)|secret|token|private(?!Ip|Address|KeyFile)|credential/i.test(tail(place)),
    );
    expect(suspicious.map(([place]) => place)).to.deep.equal([]);
  });

  it("has the defaults that the docstrings name, as values where they are one", () => {
    const inputs = (name: string) => schema.resources[`hardway:index:${name}`]!.inputProperties;
    expect(inputs("SshKeyPair")["rotation"]).to.include({ default: "1" });
    expect(inputs("KernelPrep")["swap"]).to.include({ default: "off", description: "Whether the host may have swap." });
    expect(inputs("VpcPodRoutes")["otherRoutes"]).to.include({ default: 2 });
    expect(inputs("LabInstance")["publicAddress"]).to.include({ default: true });
    // None of these is a value.
    for (const [component, name] of [
      ["KernelPrep", "extraModules"],
      ["KernelPrep", "timeoutSeconds"],
      ["PodRoutes", "clusterCidr"],
      ["SnapshotterStore", "device"],
    ] as const) {
      expect(inputs(component)[name]?.default, name).to.equal(undefined);
      expect(inputs(component)[name]?.description, name).to.match(/^Default: .*\.$/m);
    }
  });
});

/** Names of all components there are, exported or not. */
function componentClasses(): string[] {
  const folder = join(__dirname, "../../components");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const texts = files.map((file) => readFileSync(join(folder, file), "utf8"));
  return texts
    .flatMap((text) => [...text.matchAll(/class (\w+) extends pulumi\.ComponentResource/g)])
    .map(([, name = ""]) => name)
    .sort();
}

function isFunction(value: unknown): boolean {
  return typeof value === "function" && !/^class /.test(value.toString());
}

/** Every property of the schema, with its place: token and name. */
function propertiesOf({ resources, types }: PackageSchema): [string, PropertySchema][] {
  const lists = [
    ...Object.entries(resources).flatMap(([token, { inputProperties, properties }]) => [
      [token, inputProperties] as const,
      [token, properties] as const,
    ]),
    ...Object.entries(types).map(([token, { properties = {} }]) => [token, properties] as const),
  ];
  return lists.flatMap(([token, properties]) =>
    Object.entries(properties).map(([name, property]): [string, PropertySchema] => [`${token}.${name}`, property]),
  );
}

const tokenOf = (place: string) => place.slice(0, place.lastIndexOf("."));
const tail = (place: string) => place.slice(place.lastIndexOf(".") + 1);

function refersTo({ $ref, items, additionalProperties }: PropertySchema, target: string): boolean {
  return (
    $ref === target || [items, additionalProperties].some((inner) => inner !== undefined && refersTo(inner, target))
  );
}
