#!/bin/sh
# SPDX-License-Identifier: MIT
# slurm.sh - task N of a job array does line N of list.sh:
#	sbatch --array=1-200 docs/many-runs/slurm.sh
#SBATCH --job-name=pagescope-sweep
#SBATCH --output=/dev/null
# shellcheck disable=SC2046 # three words
exec docs/many-runs/one.sh $(docs/many-runs/list.sh | sed -n "${SLURM_ARRAY_TASK_ID}p")
