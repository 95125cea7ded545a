package netsim

import (
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/miekg/dns"
)

func example(t testing.TB) *World {
	t.Helper()
	w, err := Load(worldsDir + "example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestTheExampleUsesEveryKindOfFault(t *testing.T) {
	w := example(t)
	if w.Nights() != 20 || w.Night(0).Hour() != 3 {
		t.Errorf("%d nights from %v", w.Nights(), w.Night(0))
	}
	used := map[string]bool{}
	for _, f := range w.Faults {
		used[f.Kind] = true
	}
	for f := range fieldsOf(reflect.TypeFor[Fault]()) {
		for _, kind := range f.enum {
			if f.name == "kind" && !used[kind] {
				t.Errorf("no fault of kind %s", kind)
			}
		}
	}
}

// In every shipped world, what should be found is there to be found on the night
// on which it is due, and what is innocent is there to be mistaken.
func TestShippedWorldsShowWhatTheyExpect(t *testing.T) {
	worlds, err := filepath.Glob(worldsDir + "*/world.yaml")
	if err != nil || len(worlds) < 2 {
		t.Fatal(worlds, err)
	}
	for _, path := range append(worlds, worldsDir+"example.yaml") {
		w, err := Load(path)
		if err != nil {
			t.Error(err)
			continue
		}
		s := New(w, Options{})
		rcode := func(name string) int {
			m := new(dns.Msg)
			if err := m.Unpack(s.answerDNS(packQuestion(t, name, dns.TypeNS), resolverAddr, false).msg); err != nil {
				t.Fatal(err)
			}
			return m.Rcode
		}
		for _, r := range w.Expect.Replacements {
			due := w.Due(r)
			if due.IsZero() {
				t.Errorf("%s: %s is never due", path, r.Name)
				continue
			}
			s.SetNow(due)
			if got := rcode(r.Name); got != dns.RcodeSuccess {
				t.Errorf("%s: %s answers %s on %s", path, r.Name, dns.RcodeToString[got], due)
			}
			if r.PreExisting != (due.Equal(w.Night(0)) && r.From.IsZero()) {
				t.Errorf("%s: %s is due on %s but pre_existing is %t", path, r.Name, due, r.PreExisting)
			}
		}
		var seen []string
		for i := range w.Nights() {
			s.SetNow(w.Night(i))
			for _, in := range slices.Concat(w.Expect.Innocents, w.Expect.Unreported) {
				if !slices.Contains(seen, in.Name) && rcode(in.Name) == dns.RcodeSuccess {
					seen = append(seen, in.Name)
				}
			}
		}
		for _, in := range slices.Concat(w.Expect.Innocents, w.Expect.Unreported) {
			if !slices.Contains(seen, in.Name) {
				t.Errorf("%s: innocent %s never exists", path, in.Name)
			}
		}
		s.Close()
	}
}
