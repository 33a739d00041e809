#!/bin/sh
# What Docker knows of the container ID.
section inspect clean docker container inspect --format '{{json .}}' "$ID"
