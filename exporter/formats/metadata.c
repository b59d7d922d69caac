/* SPDX-License-Identifier: MIT */
/* metadata.c - TSDL (CTF 1.8) from the event tables; see metadata.h. */
#include "formats/metadata.h"
#include "capture/facts.h"

#include <string.h>

static bool is_number_to_read_in_hex(const struct ps_field *f)
{
	static const char *const hex[] = {
		"pfn", "addr", "pa", "entry", "ip", "site", "gfp", "hash"
	};

	for (unsigned i = 0; i < sizeof(hex) / sizeof(hex[0]); i++)
		if (!strcmp(f->meaning, hex[i]))
			return true;
	return false;
}

static void write_field(struct out *o, const struct ps_field *f)
{
	if (f->form == FIELD_PAGE)
		return; /* not in the packet */
	if (!f->size) {
		out_printf(o, "\t\tstring { encoding = UTF8; } _%s;\n", f->name);
		return;
	}
	out_printf(o, "\t\tinteger { size = %u; align = 8; signed = false; base = %u; } _%s",
		   f->size * 8, is_number_to_read_in_hex(f) ? 16 : 10, f->name);
	if (f->form == FIELD_SEQUENCE)
		out_printf(o, "[_%s]", f->of);
	out_puts(o, ";\n");
}

static void write_stream(struct out *o, unsigned stream)
{
	out_printf(o,
		   "\nstream {\n"
		   "\tid = %u;\n"
		   "\tevent.header := struct {\n"
		   "\t\tu8 id;\n"
		   "\t\tinteger { size = 32; align = 8; signed = false; "
		   "map = clock.ticks.value; } timestamp;\n"
		   "\t};\n"
		   "\tpacket.context := struct {\n"
		   "\t\thex32 crc32;\n"
		   "\t\thex32 schema;\n"
		   "\t\tu32 packet_size;\n"
		   "\t\tu32 content_size;\n"
		   "\t\tinteger { size = 64; align = 8; signed = false; "
		   "map = clock.ticks.value; } timestamp_begin;\n"
		   "\t\tinteger { size = 64; align = 8; signed = false; "
		   "map = clock.ticks.value; } timestamp_end;\n"
		   "\t\tu32 events_discarded;\n"
		   "\t\tu32 packet_seq_num;\n"
		   "\t};\n"
		   "};\n",
		   stream);
	for (unsigned id = 1; id < 255; id++) {
		const struct ps_kind *k = &ps_kinds[id];

		if (!k->id || (k->group_id == PS_GROUP_hw) != (stream == PS_STREAM_HW))
			continue;
		out_printf(o,
			   "\nevent {\n\tname = \"%s\";\n\tid = %u;\n\tstream_id = %u;\n"
			   "\tfields := struct {\n",
			   k->name, id, stream);
		for (unsigned i = 0; i < k->nr_fields; i++)
			write_field(o, &k->fields[i]);
		out_puts(o, "\t};\n};\n");
	}
}

void ctf_metadata(struct out *o, u32 hz)
{
	out_printf(
		o,
		"/* CTF 1.8 */\n\n"
		"typealias integer { size = 8; align = 8; signed = false; } := u8;\n"
		"typealias integer { size = 32; align = 8; signed = false; } := u32;\n"
		"typealias integer { size = 32; align = 8; signed = false; base = 16; } := hex32;\n"
		"\n"
		"trace {\n"
		"\tmajor = 1;\n"
		"\tminor = 8;\n"
		"\tbyte_order = le;\n"
		"\tpacket.header := struct {\n"
		"\t\thex32 magic;\n"
		"\t\tu32 stream_id;\n"
		"\t};\n"
		"};\n"
		"\n"
		"env {\n"
		"\ttracer_name = \"pagescope\";\n"
		"\tschema = \"0x%08x\";\n"
		"};\n"
		"\n"
		"clock {\n"
		"\tname = ticks;\n"
		"\tdescription = \"time stamp counter of the guest\";\n"
		"\tfreq = %u;\n"
		"\toffset = 0;\n"
		"};\n",
		ps_schema_id, hz ? hz : 1000000000u);
	for (unsigned stream = 0; stream < PS_NR_STREAMS; stream++)
		write_stream(o, stream);
}
