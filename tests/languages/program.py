"""A program of somebody's with hardway's SDK for Python, under mocks. Prints what it registers, as JSON lines."""

import json

import pulumi


class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        print(json.dumps({"type": args.typ, "name": args.name, "inputs": args.inputs}, default=str))
        return [f"{args.name}-id", args.inputs]

    def call(self, args):
        return {}


pulumi.runtime.set_mocks(Mocks(), preview=False)

import pulumi_hardway as hardway  # noqa: E402

connection = {"host": "192.0.2.10", "user": "admin", "private_key": "key"}


@pulumi.runtime.test
def program():
    kernel = hardway.KernelPrep(
        "db", connection=connection, swap=hardway.Swap.KEEP, extra_modules=["ip_vs"], address="192.0.2.10"
    )
    routes = hardway.PodRoutes(
        "db",
        connection=connection,
        address="192.0.2.10",
        routes=[hardway.HostRouteArgs(destination="10.200.1.0/24", next_hop="192.0.2.11")],
    )
    return pulumi.Output.all(kernel.urn, routes.urn)


program()
