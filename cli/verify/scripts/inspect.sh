#!/bin/sh
# Docker's information on the container ID.
section inspect clean docker container inspect --format '{{json .}}' "$ID"
