#!/bin/sh
# Deletes one object of the cluster, from a controller. Values: URL; CA, CERTIFICATE, KEY: files; OBJECT, its path.
. ./request.sh
section removed request --fail-with-body -X DELETE "$URL$OBJECT"
