#!/bin/sh
# Forwarding as it was before this run's pods.
section forwarding put_back
