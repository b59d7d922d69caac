/* SPDX-License-Identifier: MIT */
/* show_json.c - see show_json.h. */
#include "commands/show_json.h"
#include "formats/text.h"
#include "model/leaks.h"
#include "model/summary.h"

static void set_number(json_t *object, const char *key, u64 value)
{
	json_object_set_new(object, key, json_integer((json_int_t)value));
}

/* The caller: its address, and its name if symbols have one. */
static void set_caller(json_t *object, const struct state *s, u32 site, u64 t)
{
	json_object_set_new(object, "site", json_hex(site));
	json_object_set_new(object, "caller", json_text(site_text(s->symbols, site, t)));
}

static void set_range(json_t *object, u64 start, u64 end)
{
	json_object_set_new(object, "start", json_hex(start));
	json_object_set_new(object, "end", json_hex(end));
	set_number(object, "bytes", end - start);
}

/* {key: [...]}: an array of what row() makes of each zone of the machine. */
static json_t *each_zone(const struct model *m,
			 void (*row)(json_t *j, const struct model *m, const struct zone *z))
{
	json_t *list = json_array();

	for (unsigned n = 0; n < PS_MAX_ZONES; n++) {
		json_t *j;

		if (!m->zone[n].present)
			continue;
		j = json_object();
		json_object_set_new(j, "name", json_text(m->zone[n].name));
		row(j, m, &m->zone[n]);
		json_array_append_new(list, j);
	}
	return json_pack("{s:o}", "zones", list);
}

/* ---- zones ---- */

static void buddyinfo_row(json_t *j, const struct model *m, const struct zone *z)
{
	json_t *blocks = json_array();

	for (unsigned k = 0; k < zone_orders(z); k++)
		json_array_append_new(blocks, json_integer(z->nr_free[k]));
	json_object_set_new(j, "nr_free", blocks);
	(void)m;
}

json_t *json_buddyinfo(const struct state *s)
{
	return each_zone(s->model, buddyinfo_row);
}

static void zoneinfo_row(json_t *j, const struct model *m, const struct zone *z)
{
	set_number(j, "free", z->free_pages);
	set_number(j, "min", z->min);
	set_number(j, "low", z->low);
	set_number(j, "high", z->high);
	set_number(j, "spanned", z->size);
	set_number(j, "managed", managed_pages(m, z));
	set_number(j, "start_pfn", z->start);
}

json_t *json_zoneinfo(const struct state *s)
{
	return each_zone(s->model, zoneinfo_row);
}

static void extfrag_row(json_t *j, const struct model *m, const struct zone *z)
{
	json_t *unusable = json_array(), *fragmentation = json_array();

	for (unsigned k = 0; k < zone_orders(z); k++) {
		json_array_append_new(unusable, json_integer(model_unusable(z, k)));
		json_array_append_new(fragmentation, json_integer(fragmentation_index(z, k)));
	}
	json_object_set_new(j, "unusable_index", unusable);
	json_object_set_new(j, "extfrag_index", fragmentation);
	(void)m;
}

json_t *json_extfrag(const struct state *s)
{
	return each_zone(s->model, extfrag_row);
}

/* ---- addresses ---- */

static json_t *area_json(const struct state *s, const struct area *a)
{
	bool device = a->flags & PS_VM_IOREMAP;
	json_t *j = json_object();
	u32 pde, pte, phys;

	set_range(j, a->addr, (u64)a->addr + a->size);
	json_object_set_new(j, "kind",
			    json_string(device                  ? "ioremap"
					: a->op == PS_VMOP_VMAP ? "vmap"
								: "vmalloc"));
	set_number(j, "pages", a->pages);
	if (device) {
		model_walk(s->model, s->model->info.swapper_pg_dir, a->addr, &pde, &pte, &phys);
		json_object_set_new(j, "physical", json_hex(phys));
	}
	set_number(j, "since", a->since_i);
	set_caller(j, s, a->site, a->since_t);
	return j;
}

static json_t *areas_json(const struct state *s)
{
	json_t *list = json_array();

	for (unsigned n = 0; n < s->model->nr_areas; n++)
		json_array_append_new(list, area_json(s, &s->model->area[n]));
	return list;
}

json_t *json_vmallocinfo(const struct state *s)
{
	json_t *j = json_pack("{s:o}", "areas", areas_json(s));
	struct vmalloc_usage u;

	vmalloc_usage(&u, s->model);
	set_number(j, "total", u.total);
	set_number(j, "used", u.used);
	set_number(j, "guards", u.guards);
	set_number(j, "chunk", u.chunk);
	set_number(j, "tables", u.tables);
	return j;
}

static json_t *json_mapped(const struct state *s)
{
	json_t *list = json_array();
	struct linear_runs runs;

	linear_runs_collect(&runs, s->model, s->pgd);
	for (u32 n = 0; n < runs.nr; n++) {
		json_t *j = json_object();

		set_range(j, runs.run[n].start, runs.run[n].end);
		json_object_set_new(j, "physical", json_hex(runs.run[n].phys));
		json_array_append_new(list, j);
	}
	linear_runs_free(&runs);
	return json_pack("{s:o,s:o}", "directory", json_hex((u64)s->pgd->pfn << 12), "mapped",
			 list);
}

json_t *json_layout(const struct state *s)
{
	struct range range[MAX_RANGES];
	unsigned nr = layout_ranges(s->model, range);
	json_t *list = json_array();

	if (model_watched(s->model)) {
		json_decref(list);
		return json_mapped(s);
	}
	for (unsigned n = 0; n < nr; n++) {
		json_t *j = json_pack("{s:s}", "name", range[n].name);

		set_range(j, range[n].start, (u64)range[n].start + range[n].bytes);
		json_array_append_new(list, j);
	}
	return json_pack("{s:o}", "ranges", list);
}

json_t *json_pagetables(const struct state *s)
{
	json_t *list = json_array();
	struct page_runs runs;

	page_runs_collect(&runs, s->model, s->pgd);
	for (u32 n = 0; n < runs.nr; n++) {
		const struct page_run *r = &runs.run[n];
		json_t *j = json_object();

		set_range(j, r->start, r->end);
		json_object_set_new(j, "large", json_boolean(r->large));
		json_object_set_new(j, "user", json_boolean(r->flags & PTE_USER));
		json_object_set_new(j, "write", json_boolean(r->flags & PTE_WRITE));
		json_object_set_new(j, "pwt", json_boolean(r->flags & PTE_PWT));
		json_object_set_new(j, "pcd", json_boolean(r->flags & PTE_PCD));
		json_object_set_new(j, "global", json_boolean(r->flags & PTE_GLOBAL));
		json_array_append_new(list, j);
	}
	page_runs_free(&runs);
	return json_pack("{s:o,s:o}", "directory", json_hex((u64)s->pgd->pfn << 12), "runs", list);
}

/* ---- who holds memory ---- */

json_t *json_leaks(const struct state *s)
{
	json_t *list = json_array();
	struct leaks l;

	leaks_collect(&l, s->model);
	for (u32 i = 0; i < l.nr; i++) {
		const struct holder *h = &l.holder[i];
		json_t *j = json_object();

		set_number(j, "pages", h->pages);
		set_number(j, "blocks", h->blocks);
		set_number(j, "objects", h->objects);
		set_number(j, "bytes", h->bytes);
		set_number(j, "since", h->since_i);
		set_caller(j, s, h->site, h->since_t);
		json_array_append_new(list, j);
	}
	leaks_free(&l);
	return json_pack("{s:o,s:o}", "holders", list, "areas", areas_json(s));
}

json_t *json_slabinfo(const struct state *s)
{
	json_t *list = json_array();

	for (unsigned id = 0; id < NR_CACHES; id++) {
		const struct cache *c = &s->model->cache[id];
		json_t *j;

		if (!c->live)
			continue;
		j = json_pack("{s:o}", "name", json_text(c->name));
		set_number(j, "active_objects", c->active);
		set_number(j, "objects", (u64)c->nr_slabs * c->num);
		set_number(j, "object_size", c->size);
		set_number(j, "active_slabs", active_slabs(s->model, c));
		set_number(j, "slabs", c->nr_slabs);
		set_number(j, "pages_per_slab", 1u << c->order);
		json_array_append_new(list, j);
	}
	return json_pack("{s:o}", "caches", list);
}
