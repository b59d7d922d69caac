/* SPDX-License-Identifier: MIT */
/*
 * sim_scenario.h - scenarios and the churn workload in the simulator.
 *
 * Each function runs on a machine that has been booted, and returns the exit
 * status for mmsim; ending the capture is the caller's.
 */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include <stdint.h>

/* Reads a scenario before the machine is started, so that an unreadable file
 * leaves earlier outputs alone; false with a message. */
int sim_scenario_load(const char *path);
/* Runs what was loaded.  0 good run, 1 not. */
int sim_scenario_run(void);
/* The shell on standard input; after what was loaded, if anything was. */
int sim_shell_run(void);

/* A churn workload of at least `events` events. */
int sim_events_run(uint64_t events, uint32_t seed);

#endif
