package netsim

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// A Provenance says of each field of a site whether a source stands behind it:
// field name -> "invented" or "sourced: KEY-OR-TEXT". The key "others" stands
// for every field that has no entry of its own.
type Provenance map[string]string

const (
	invented      = "invented"
	sourcedPrefix = "sourced: "
)

// Of returns where a field of a site comes from: "invented", or what follows
// "sourced: " with a key of World.Sources replaced by its text.
func (w *World) Of(s *Site, field string) (sourced bool, source string) {
	for _, p := range []Provenance{s.Provenance, w.Provenance} {
		if v, ok := p[field]; ok {
			return w.sourceText(v)
		}
		if v, ok := p["others"]; ok {
			return w.sourceText(v)
		}
	}
	return false, invented
}

func (w *World) sourceText(v string) (bool, string) {
	ref, ok := strings.CutPrefix(v, sourcedPrefix)
	if !ok {
		return false, invented
	}
	if text, ok := w.Sources[ref]; ok {
		return true, text
	}
	return true, ref
}

// A ProvenanceCount says how many sites take a field from a source and how many
// have it invented.
type ProvenanceCount struct {
	Field             string
	Sourced, Invented int
}

// ProvenanceSummary counts, for each field that at least one site sets, where
// it comes from, in the order in which docs/world.md lists the fields.
func (w *World) ProvenanceSummary() []ProvenanceCount {
	var out []ProvenanceCount
	for _, f := range siteFields {
		c := ProvenanceCount{Field: f}
		for i := range w.Sites {
			s := &w.Sites[i]
			if !s.sets(f) {
				continue
			}
			if ok, _ := w.Of(s, f); ok {
				c.Sourced++
			} else {
				c.Invented++
			}
		}
		if c.Sourced+c.Invented > 0 {
			out = append(out, c)
		}
	}
	return out
}

// siteFields are the yaml names of the fields of a site that say something
// about the world.
var siteFields = func() []string {
	var out []string
	for f := range fieldsOf(reflect.TypeFor[Site]()) {
		if n := f.name; n != "note" && n != "provenance" {
			out = append(out, n)
		}
	}
	return out
}()

// sets reports whether the site itself or one of its phases gives the field.
func (s *Site) sets(field string) bool {
	if given(reflect.ValueOf(*s), field) {
		return true
	}
	for i := range s.Timeline {
		if given(reflect.ValueOf(s.Timeline[i].State), field) {
			return true
		}
	}
	return false
}

func given(v reflect.Value, field string) bool {
	for f := range fieldsOf(v.Type()) {
		if f.name == field {
			return !v.FieldByIndex(f.index).IsZero()
		}
	}
	return false
}

func (p Provenance) problems(world bool) []string {
	var out []string
	keys := make([]string, 0, len(p))
	for k := range p {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		if k != "others" && !slices.Contains(siteFields, k) {
			out = append(out, fmt.Sprintf("provenance of %q: a site has no such field", k))
		}
		if ref, ok := strings.CutPrefix(p[k], sourcedPrefix); p[k] != invented && (!ok || strings.TrimSpace(ref) == "") {
			out = append(out, fmt.Sprintf("provenance of %q is %q: want 'invented' or 'sourced: WHERE'", k, p[k]))
		}
	}
	if world {
		if _, ok := p["others"]; !ok {
			out = append(out, "provenance: 'others' is missing, so some fields say neither sourced nor invented")
		}
	}
	return out
}
