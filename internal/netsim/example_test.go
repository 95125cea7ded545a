package netsim

import "testing"

func example(t testing.TB) *World {
	t.Helper()
	w, err := Load(worldsDir + "example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestEveryShippedWorldLoads(t *testing.T) {
	w := example(t)
	if w.Nights() != 20 || w.Night(0).Hour() != 3 {
		t.Errorf("%d nights from %v", w.Nights(), w.Night(0))
	}
}
