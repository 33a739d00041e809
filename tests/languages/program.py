"""A program of somebody's with hardway's SDK for Python, under mocks. Prints what it registers, as JSON lines."""

import json
import sys

import pulumi


class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        line = json.dumps({"type": args.typ, "name": args.name, "inputs": args.inputs}, default=str)
        # At once, since each resource has a thread of its own.
        sys.stdout.write(f"{line}\n")
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
    lab = hardway.HardWayLab(
        "lab",
        hosts=[
            hardway.HostArgs(
                name="node-0", role=hardway.HostRole.WORKER, address=pulumi.Output.from_input("192.0.2.10"), connection=connection
            )
        ],
        runtime={"settings": {"handlers": ["runc", hardway.HandlerName.CRUN], "image_archives": ["/srv/a.tar"]}},
    )
    return pulumi.Output.all(kernel.urn, routes.urn, lab.urn)


program()
