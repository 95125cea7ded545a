package netsim

import (
	"encoding/json"
	"iter"
	"reflect"
	"strings"
)

type field struct {
	name     string // yaml key
	index    []int
	typ      reflect.Type
	doc      string
	required bool
	enum     []string
}

// fieldsOf lists the keys of a struct type in the order of declaration, those of
// inlined structs at their place.
func fieldsOf(t reflect.Type) iter.Seq[field] {
	return func(yield func(field) bool) { walkFields(t, nil, yield) }
}

func walkFields(t reflect.Type, prefix []int, yield func(field) bool) bool {
	for i := range t.NumField() {
		sf := t.Field(i)
		index := append(append([]int(nil), prefix...), i)
		name, opts, _ := strings.Cut(sf.Tag.Get("yaml"), ",")
		if opts == "inline" {
			if !walkFields(sf.Type, index, yield) {
				return false
			}
			continue
		}
		if name == "" {
			continue
		}
		f := field{name: name, index: index, typ: sf.Type, doc: sf.Tag.Get("doc")}
		for _, o := range strings.Split(sf.Tag.Get("schema"), ",") {
			if o == "required" {
				f.required = true
			} else if list, ok := strings.CutPrefix(o, "enum="); ok {
				f.enum = strings.Split(list, "|")
			}
		}
		if !yield(f) {
			return false
		}
	}
	return true
}

// Schema returns the JSON Schema (draft 2020-12) of a world file, made from the
// types that Load decodes into.
func Schema() []byte {
	defs := map[string]any{}
	root := schemaOf(reflect.TypeFor[World](), defs)
	out := map[string]any{
		"$schema":     "https://json-schema.org/draft/2020-12/schema",
		"title":       "respawn world",
		"description": "A miniature Internet: see docs/world.md.",
		"$ref":        root["$ref"],
		"$defs":       defs,
	}
	b, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		panic(err) // maps of strings always marshal
	}
	return append(b, '\n')
}

func schemaOf(t reflect.Type, defs map[string]any) map[string]any {
	switch t {
	case reflect.TypeFor[Instant]():
		return map[string]any{"type": "string", "pattern": `^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?)?$`}
	case reflect.TypeFor[Duration]():
		return map[string]any{"type": "string", "pattern": `^([0-9.]+(ms|s|m|h))+$`}
	case reflect.TypeFor[TimeOfDay]():
		return map[string]any{"type": "string", "pattern": `^\d\d:\d\d(:\d\d)?$`}
	case reflect.TypeFor[anything]():
		return map[string]any{}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return schemaOf(t.Elem(), defs)
	case reflect.String:
		// A plain YAML scalar such as 12345678 is a number to a validator and a
		// string to the loader.
		return map[string]any{"type": []string{"string", "number", "boolean"}}
	case reflect.Int, reflect.Int64:
		return map[string]any{"type": "integer"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": schemaOf(t.Elem(), defs)}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": schemaOf(t.Elem(), defs)}
	case reflect.Struct:
		ref := map[string]any{"$ref": "#/$defs/" + t.Name()}
		if _, ok := defs[t.Name()]; ok {
			return ref
		}
		props, required := map[string]any{}, []string{}
		def := map[string]any{"type": "object", "additionalProperties": false, "properties": props}
		defs[t.Name()] = def
		for f := range fieldsOf(t) {
			p := schemaOf(f.typ, defs)
			p["description"] = f.doc
			if f.enum != nil {
				p["enum"] = f.enum
				delete(p, "type")
			}
			props[f.name] = p
			if f.required {
				required = append(required, f.name)
			}
		}
		if len(required) > 0 {
			def["required"] = required
		}
		return ref
	}
	panic("netsim: no schema for " + t.String())
}
