package netsim

import (
	"bytes"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/worlds/schema.json from the types")

const worldsDir = "../../testdata/worlds/"

func TestSchemaAgreesWithTheTypes(t *testing.T) {
	want := Schema()
	if *update {
		if err := os.WriteFile(worldsDir+"schema.json", want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(worldsDir + "schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("testdata/worlds/schema.json is behind the types: go test ./internal/netsim -run Schema -update")
	}
}

// A stranger writes a world from docs/world.md alone, so every key must be
// there, and every key needs a description for editors.
func TestEveryKeyIsDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../docs/world.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[reflect.Type]bool{}
	var walk func(t reflect.Type)
	walk = func(typ reflect.Type) {
		switch typ.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			walk(typ.Elem())
			return
		case reflect.Struct:
		default:
			return
		}
		if seen[typ] {
			return
		}
		seen[typ] = true
		for f := range fieldsOf(typ) {
			if f.doc == "" {
				t.Errorf("%s.%s has no doc tag", typ.Name(), f.name)
			}
			for _, word := range append([]string{f.name}, f.enum...) {
				if !strings.Contains(string(doc), word) {
					t.Errorf("docs/world.md does not mention %q of %s", word, typ.Name())
				}
			}
			walk(f.typ)
		}
	}
	walk(reflect.TypeFor[World]())
}
