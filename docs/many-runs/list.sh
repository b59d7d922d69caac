#!/bin/sh
# SPDX-License-Identifier: MIT
# list.sh - the arguments of one.sh for each run of the sweep, a line each: 5 sizes of RAM,
# 20 seeds, 2 allocators.
for ram in 8 16 32 64 128; do
	for seed in $(seq 20); do
		echo "$ram $seed reference"
		echo "$ram $seed lowest"
	done
done
