/* SPDX-License-Identifier: MIT */
/*
 * main.c - from the first C statement to the end of the run.
 *
 * Traps come before the tracer, the tracer before the first page is handed to
 * the allocator; then the scenario runs and the machine is switched off.
 */
#include "boot_info.h"
#include "console.h"
#include "irq.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/machine.h"
#include "power.h"
#include "scenario/scn.h"
#include "trace/transport.h"
#include "segments.h"

extern u8 swapper_pg_dir[];

static void trace_begin(void)
{
	struct ps_trace_config config = {
		.transport = boot_options.transport_given ? boot_options.transport
							  : ps_trace_detect(),
		.va_to_pa = MACHINE_PAGE_OFFSET,
		.swapper_pg_dir = virt_to_phys(swapper_pg_dir),
		.page_offset = MACHINE_PAGE_OFFSET,
	};

	printk("Trace: %s\n", trace_transport_name(config.transport));
	if (config.transport != PS_OFF)
		ps_trace_start(&config);
}

/* The file the command line names, with or without its suffix. */
static const struct boot_file *find_scenario(void)
{
	char name[sizeof boot_options.scenario + 4];
	const struct boot_file *f;

	if (!boot_options.scenario[0])
		return NULL;
	f = boot_file(boot_options.scenario);
	if (f)
		return f;
	snprintf(name, sizeof name, "%s.scn", boot_options.scenario);
	f = boot_file(name);
	if (!f)
		panic("no scenario %s among the files loaded by GRUB", boot_options.scenario);
	return f;
}

static unsigned run(void)
{
	const struct boot_file *f = find_scenario();

	if (boot_options.shell)
		return scn_shell(f ? f->name : "shell", f ? f->data : NULL, f ? f->size : 0);
	if (!f)
		return scn_main("none", "", 0);
	return scn_main(f->name, f->data, f->size);
}

void kernel_main(u32 magic, phys_t info);
void kernel_main(u32 magic, phys_t info)
{
	unsigned failed;
	u64 start;

	console_init();
	irq_init();
	printk("pagescope kernel\n");
	traps_init();
	if (!multiboot_read(magic, info))
		machine_shutdown(true);
	options_parse(boot_params.cmdline);
	printk("Command line: %s\n", boot_params.cmdline);
	trace_begin();
	options_report();
	if (!mm_init(&boot_params))
		panic("this machine cannot be used");
	ps_trace_set_preamble(mm_trace_info, TRACE_PREAMBLE_EVERY);
	start = rdtsc();
	failed = run();
	ps_trace_stop();
	printk("Run finished: %u failed, %llu ticks\n", failed, rdtsc() - start);
	machine_shutdown(failed != 0);
}
